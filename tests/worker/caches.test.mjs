// What is kept near the evaluator: it saves reads, it outlives restarts, and it is never believed.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { serveBucket } from './support/bucket.mjs';
import { startWorker } from './support/cloudflare.mjs';
import { folder, root, scope, until } from './support/processes.mjs';
import { startRegion } from './support/region.mjs';
import { Site } from './support/site.mjs';

/** The Worker with a Cache API that can be told to fail: `/test/<mode>`, before its own requests. */
const moody = `
  const open = caches.open.bind(caches);
  let mode = 'sound';
  const spoil = async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer());
    for (let index = 0; index < bytes.length; index += 7) bytes[index] ^= 1;
    return new Response(bytes, response);
  };
  caches.open = async (name) => {
    const cache = await open(name);
    return new Proxy(cache, {
      get: (_, method) => async (...parameters) => {
        if (mode === 'no ' + method) throw new Error('the cache is out of order');
        const answer = await cache[method](...parameters);
        return mode === 'spoilt' && method === 'match' && answer ? spoil(answer) : answer;
      },
    });
  };
  export function setMode(next) { mode = next; }
`;

function withMoodyCache() {
  const text = readFileSync(join(root, 'worker/dist/index.js'), 'utf8');
  const named = /export \{\s*(\w+) as default\s*\};/.exec(text);
  assert.ok(named, 'the entry has one default export');
  return text.replace(named[0], `${moody.replace('export function', 'function')}
    export default {
      fetch(request, env, ctx) {
        const path = decodeURIComponent(new URL(request.url).pathname);
        if (!path.startsWith('/test/')) return ${named[1]}.fetch(request, env, ctx);
        setMode(path.slice('/test/'.length));
        return new Response();
      },
    };`);
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

  test('the Cache API may fail, or give something else', async (t) => {
    for (const mode of ['no put', 'no match', 'no open', 'spoilt']) {
      const bucket = await serveBucket(t, site.bucket);
      const region = await startWorker(t, { ...trust, ...web(bucket), ZEN_EDGE_POLL_INTERVAL: '100ms' }, { replaced: { 'index.js': withMoodyCache() } });
      await region.fetch(`/test/${encodeURIComponent(mode)}`);
      for (let round = 0; round < 5; round += 1) {
        const { status, body } = await region.evaluate('pricing');
        assert.deepEqual([status, body.result.version], [200, '1.0.0'], mode);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    }
  });

  test('a data centre reads the pointer once in an interval, whatever its load', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const variables = { ...trust, ...web(bucket), ZEN_EDGE_POLL_INTERVAL: '1s' };
    const names = ['zen-edge', 'second', 'third'];
    const region = await startWorker(t, variables, { alike: names.slice(1) });
    const isolates = await Promise.all(names.map((name) => region.miniflare.getWorker(name)));
    const ask = async (isolate) => {
      const response = await isolate.fetch('http://region/api/rules/pricing/evaluate/main.json', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"context":{"a":1,"b":2}}',
      });
      assert.equal(response.status, 200);
      await response.arrayBuffer();
    };
    for (const isolate of isolates) await ask(isolate);
    const [begin, read] = [performance.now(), bucket.count('timestamp.json')];
    let requests = 0;
    while (performance.now() - begin < 5_000) {
      await Promise.all(isolates.flatMap((isolate) => [ask(isolate), ask(isolate), ask(isolate), ask(isolate)]));
      requests += 12;
    }
    const [seconds, reads] = [(performance.now() - begin) / 1000, bucket.count('timestamp.json') - read];
    t.diagnostic(`${requests} requests in ${seconds.toFixed(1)} s, ${reads} reads of the pointer by ${names.length} isolates`);
    assert.ok(requests > 200, `${requests} requests`);
    assert.ok(reads >= 2, `${reads} reads: the pointer is polled`);
    // Two at once may both find no claim; each interval has one as a rule.
    assert.ok(reads <= 2 * Math.ceil(seconds), `${reads} reads in ${seconds} s`);
  });
});
