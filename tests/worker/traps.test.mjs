// An evaluation that ends the wasm instance: who asked for it, who was there, and what comes next.
//
// The module is the one that ships, with less memory: a decision that needs more of it traps.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { before, describe, test } from 'node:test';
import { expressions, functionV2 } from '../node/documents.mjs';
import { serveBucket } from './support/bucket.mjs';
import { limitMemory } from './support/memory.mjs';
import { folder, root, scope, until } from './support/processes.mjs';
import { startRegion } from './support/region.mjs';
import { Site } from './support/site.mjs';

/** About 100 MB, within the limits of an evaluation. */
const hungry = expressions({ length: 'len(map([1..700000], {a: #, b: string(#)}))' });
const slow = functionV2('await console.sleep(1500); return { slept: true };');
/** 640 pages are 40 MiB. */
const PAGES = 640;

describe('a trap', () => {
  const t = scope();
  let config;

  before(() => {
    const place = folder(t);
    cpSync(join(root, 'worker/workerd'), join(place, 'workerd'), { recursive: true });
    cpSync(join(root, 'worker/dist'), join(place, 'dist'), { recursive: true });
    const module = join(place, 'dist/zen_edge_worker.wasm');
    writeFileSync(module, limitMemory(readFileSync(module), PAGES));
    config = join(place, 'workerd/region.capnp');
  });

  async function begin(t, more = {}) {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0', { documents: { 'slow.json': slow } });
    const bucket = await serveBucket(t, site.bucket);
    const region = await startRegion(t, {
      ZEN_EDGE_ENVIRONMENT: 'production',
      ZEN_EDGE_TRUSTED_ROOT: site.root,
      ZEN_EDGE_ACCESS: 'open',
      ZEN_EDGE_POLL_INTERVAL: '200ms',
      ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }],
      ...more,
    }, { config });
    assert.equal((await region.evaluate('pricing')).body.result.version, '1.0.0');
    await site.release('pricing', '2.0.0', { documents: { 'slow.json': slow, 'hungry.json': hungry } });
    await until(async () => (await region.evaluate('pricing')).body.result.version === '2.0.0', 'the next release', region);
    return { site, bucket, region };
  }

  test('is answered at once, and the next request is right, from the release before', async (t) => {
    const { bucket, region } = await begin(t);
    const { status, body } = await region.evaluate('pricing', {}, {}, 'hungry.json');
    assert.deepEqual([status, body.code], [500, 'evaluator.trapped']);
    const next = await region.evaluate('pricing', { a: 2, b: 3 });
    assert.deepEqual([next.status, next.body.result], [200, { version: '1.0.0', sum: 5 }]);
    assert.match(region.log, /"event":"trap"/);
    const { traps, release } = (await region.status()).environments.production.projects.pricing;
    assert.equal(release.version, '1.0.0');
    assert.deepEqual(traps.map(({ reported, takenBack }) => [reported, takenBack]), [[1, true]]);
    // It stays so although the source still has the other one.
    const polls = () => bucket.count('timestamp.json');
    const before = polls();
    const versions = new Set();
    await until(async () => {
      versions.add((await region.evaluate('pricing')).body.result.version);
      return polls() > before + 2;
    }, 'further polls', region);
    assert.deepEqual([...versions], ['1.0.0']);
  });

  test('is told in the words of the older surface there', async (t) => {
    const { region } = await begin(t);
    const response = await region.post('/api/projects/pricing/evaluate/hungry.json', { context: {} });
    assert.equal(response.status, 500);
    assert.deepEqual(Object.keys(await response.json()), ['message']);
  });

  test('in something that has waited is answered as well', async (t) => {
    const { region } = await begin(t);
    // A body this long is read by the instance, which so goes on in another turn.
    const { status, body } = await region.evaluate('pricing', { long: 'x'.repeat(100_000) }, {}, 'hungry.json');
    assert.deepEqual([status, body.code], [500, 'evaluator.trapped']);
    assert.equal((await region.evaluate('pricing')).status, 200);
  });

  test('does not take those with it who wait for something else', async (t) => {
    const { region } = await begin(t);
    const waiting = Array.from({ length: 3 }, () => region.evaluate('pricing', {}, {}, 'slow.json'));
    const long = region.evaluate('pricing', { long: 'x'.repeat(100_000) }, {}, 'slow.json');
    await new Promise((resolve) => setTimeout(resolve, 150));
    const { status } = await region.evaluate('pricing', {}, {}, 'hungry.json');
    assert.equal(status, 500);
    for (const answer of await Promise.all([...waiting, long])) {
      assert.deepEqual([answer.status, answer.body.result], [200, { slept: true }]);
      assert.equal(answer.headers.get('x-release-version'), '1.0.0');
    }
  });

  test('does not take the body of whoever is still sending it', async (t) => {
    const { region } = await begin(t);
    const body = JSON.stringify({ context: { a: 2, b: 3, long: 'x'.repeat(100_000) } });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sending = request(`${region.url}/api/rules/pricing/evaluate/main.json`, { method: 'POST', headers });
    const answered = once(sending, 'response');
    sending.write(body.slice(0, 50_000));
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal((await region.evaluate('pricing', {}, {}, 'hungry.json')).status, 500);
    sending.end(body.slice(50_000));
    const [answer] = await answered;
    assert.equal(answer.statusCode, 200);
    assert.deepEqual((await json(answer)).result, { version: '1.0.0', sum: 5 });
  });

  test('again and again leaves a Worker that answers', async (t) => {
    const { region } = await begin(t);
    const requests = Array.from({ length: 30 }, (_, index) => region.evaluate('pricing', { a: index, b: 1 }, {}, index % 5 === 0 ? 'hungry.json' : 'main.json'));
    const answers = await Promise.all(requests);
    for (const [index, { status, body, headers }] of answers.entries()) {
      if (status === 200) assert.deepEqual(body.result, { version: headers.get('x-release-version'), sum: index + 1 });
      else assert.ok([400, 500, 503].includes(status), `${status} ${JSON.stringify(body)}`);
    }
    assert.equal((await region.evaluate('pricing')).status, 200);
  });
});
