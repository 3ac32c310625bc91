// What is kept near the evaluator: it saves reads, it outlives restarts, and it is never believed.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { serveBucket } from './support/bucket.mjs';
import { startWorker, wrapped } from './support/cloudflare.mjs';
import { folder, scope, until } from './support/processes.mjs';
import { startRegion } from './support/region.mjs';
import { Site } from './support/site.mjs';

/** A Cache API that can be told to fail: the Worker's name says how. */
const moody = `
  const open = caches.open.bind(caches);
  let mode = 'sound';
  const spoil = async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer());
    for (let index = 0; index < bytes.length; index += 7) bytes[index] ^= 1;
    return new Response(bytes, response);
  };
  caches.open = async (name) => {
    if (mode === 'no open') throw new Error('the cache is out of order');
    const cache = await open(name);
    return new Proxy(cache, {
      // Not a promise, for whoever awaits it.
      get: (_, method) => method !== 'then' && (async (...parameters) => {
        if (mode === 'no ' + method) throw new Error('the cache is out of order');
        const answer = await cache[method](...parameters);
        return mode === 'spoilt' && method === 'match' && answer ? spoil(answer) : answer;
      }),
    });
  };`;
const asTold = `(worker) => ({
  fetch(request, env, ctx) {
    mode = request.headers.get('test-mode');
    return worker.fetch(request, env, ctx);
  },
})`;

/** Asks an isolate of Miniflare's. */
function ask(isolate, headers = {}) {
  return isolate.fetch('http://region/api/rules/pricing/evaluate/main.json', {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"context":{"a":1,"b":2}}',
  });
}

describe('caches', () => {
  const t = scope();
  let site;
  let trust;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    trust = { ZEN_EDGE_ENVIRONMENT: 'production', ZEN_EDGE_TRUSTED_ROOT: site.root, ZEN_EDGE_ACCESS: 'open' };
  });

  const web = (bucket) => ({ ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }] });

  test('a folder outlives a restart while no source answers', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const variables = { ...trust, ...web(bucket) };
    const cache = folder(t);
    const first = await startRegion(t, variables, { cache });
    const before = await first.evaluate('pricing');
    assert.equal(before.status, 200);
    // What is kept is written once the answer is there.
    await until(() => readdirSync(cache).length >= 3, 'the folder is filled', first);
    await first.kill();
    await bucket.close();
    const second = await startRegion(t, variables, { cache });
    const after = await second.evaluate('pricing');
    assert.deepEqual([after.status, after.body.result], [200, before.body.result]);
    assert.equal(after.headers.get('x-release-digest'), before.headers.get('x-release-digest'));
    assert.match(after.headers.get('x-release-source'), /cache|last/i);
    await second.kill();
    // The same bytes with errors in them are none.
    for (const name of readdirSync(cache)) {
      const bytes = readFileSync(join(cache, name));
      for (let index = 0; index < bytes.length; index += 7) bytes[index] ^= 1;
      writeFileSync(join(cache, name), bytes);
    }
    const third = await startRegion(t, variables, { cache });
    assert.equal((await third.evaluate('pricing')).status, 503);
  });

  test('a folder that was changed by somebody else is no reason to answer wrong', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const variables = { ...trust, ...web(bucket) };
    const cache = folder(t);
    const first = await startRegion(t, variables, { cache });
    await first.evaluate('pricing');
    await until(() => readdirSync(cache).length >= 3, 'the folder is filled', first);
    await first.kill();
    for (const name of readdirSync(cache)) writeFileSync(join(cache, name), 'something else');
    const second = await startRegion(t, variables, { cache });
    const { status, headers } = await second.evaluate('pricing');
    assert.equal(status, 200);
    assert.match(headers.get('x-release-source'), /web/);
  });

  test('where there is no cache at all, the Worker answers all the same', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    // Plain workerd without a service behind its Cache API, and none by configuration.
    for (const kind of ['', 'none']) {
      const region = await startRegion(t, { ...trust, ...web(bucket), ZEN_EDGE_CACHE: kind });
      assert.equal((await region.evaluate('pricing')).status, 200, kind);
      assert.ok(!region.log.includes('"event":"trap"'), region.log);
      await region.kill();
    }
  });

  test('evaluators with different roots do not meet in a cache', async (t) => {
    const other = await Site.make(t);
    await other.release('pricing', '9.0.0');
    const cache = folder(t);
    const buckets = [await serveBucket(t, site.bucket), await serveBucket(t, other.bucket)];
    for (const [index, own] of [site, other].entries()) {
      const region = await startRegion(t, { ...trust, ZEN_EDGE_TRUSTED_ROOT: own.root, ...web(buckets[index]) }, { cache });
      const { status, body } = await region.evaluate('pricing');
      assert.deepEqual([status, body.result.version], [200, ['1.0.0', '9.0.0'][index]]);
      await region.kill();
    }
  });

  test('the Cache API may fail, or give something else', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const modes = { 'zen-edge': 'sound', 'no-put': 'no put', 'no-match': 'no match', 'no-open': 'no open', spoilt: 'spoilt' };
    const region = await startWorker(t, { ...trust, ...web(bucket), ZEN_EDGE_POLL_INTERVAL: '100ms' }, {
      replaced: { 'index.js': wrapped(moody, asTold) },
      alike: Object.keys(modes).slice(1),
    });
    for (const [name, mode] of Object.entries(modes)) {
      const isolate = await region.miniflare.getWorker(name);
      for (let round = 0; round < 5; round += 1) {
        const response = await ask(isolate, { 'test-mode': mode });
        assert.equal(response.status, 200, mode);
        assert.equal((await response.json()).result.version, '1.0.0', mode);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    }
  });

  test('a refresh by an operator asks the source, though the data centre has read it just now', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const bucket = await serveBucket(t, own.bucket);
    const variables = { ...trust, ZEN_EDGE_TRUSTED_ROOT: own.root, ...web(bucket), ZEN_EDGE_POLL_INTERVAL: '1h', ZEN_EDGE_STATUS_TOKEN: 'token-of-an-operator' };
    const region = await startWorker(t, variables, { alike: ['second'] });
    const version = async (name) => (await (await ask(await region.miniflare.getWorker(name))).json()).result.version;
    const refresh = async () => {
      const isolate = await region.miniflare.getWorker('zen-edge');
      const response = await isolate.fetch('http://region/api/refresh', { method: 'POST', headers: { authorization: 'Bearer token-of-an-operator' } });
      return (await response.json()).environments.production;
    };
    assert.equal(await version('zen-edge'), '1.0.0');
    assert.equal((await refresh()).outcome, 'unchanged');
    await own.release('pricing', '2.0.0');
    const { outcome, error } = await refresh();
    assert.equal(outcome, 'updated', JSON.stringify(error));
    assert.equal(await version('zen-edge'), '2.0.0');
    // What it heard is what the data centre knows from now on.
    const reads = bucket.count('timestamp.json');
    assert.equal(await version('second'), '2.0.0');
    assert.equal(bucket.count('timestamp.json'), reads);
    await bucket.close();
    assert.equal((await refresh()).outcome, 'failed');
    assert.equal(await version('zen-edge'), '2.0.0');
  });

  test('a data centre reads the pointer once in an interval, whatever its load', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const variables = { ...trust, ...web(bucket), ZEN_EDGE_POLL_INTERVAL: '1s' };
    const names = ['zen-edge', 'second', 'third'];
    const region = await startWorker(t, variables, { alike: names.slice(1) });
    const isolates = await Promise.all(names.map((name) => region.miniflare.getWorker(name)));
    const answered = async (isolate) => {
      const response = await ask(isolate);
      assert.equal(response.status, 200);
      await response.arrayBuffer();
    };
    for (const isolate of isolates) await answered(isolate);
    const [begin, read] = [performance.now(), bucket.count('timestamp.json')];
    let requests = 0;
    while (performance.now() - begin < 5_000 || requests < 200) {
      await Promise.all(isolates.flatMap((isolate) => [answered(isolate), answered(isolate), answered(isolate), answered(isolate)]));
      requests += 12;
    }
    const [seconds, reads] = [(performance.now() - begin) / 1000, bucket.count('timestamp.json') - read];
    t.diagnostic(`${requests} requests in ${seconds.toFixed(1)} s, ${reads} reads of the pointer by ${names.length} isolates`);
    assert.ok(reads >= 2, `${reads} reads: the pointer is polled`);
    // Two at once may both find no claim; each interval has one as a rule. Without any of that, each
    // isolate would read four times in an interval.
    assert.ok(reads <= 2 * (Math.ceil(seconds) + 1), `${reads} reads in ${seconds} s`);
  });
});
