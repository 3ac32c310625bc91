// Isolates begin, clients leave, releases change: what a request meets meanwhile.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { serveBucket } from './support/bucket.mjs';
import { startWorker } from './support/cloudflare.mjs';
import { scope, until } from './support/processes.mjs';
import { startRegion } from './support/region.mjs';
import { Site } from './support/site.mjs';

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

describe('a life', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
  });

  const variables = (own, bucket) => ({
    ZEN_EDGE_ENVIRONMENT: 'production',
    ZEN_EDGE_TRUSTED_ROOT: own.root,
    ZEN_EDGE_ACCESS: 'open',
    ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }],
  });

  test('a client that leaves while its request initialises leaves a Worker that answers', async (t) => {
    // At each step of the way: the request that waits there is cancelled.
    for (const held of ['timestamp.json', 'snapshot.json', 'targets.json', '.pricing']) {
      const bucket = await serveBucket(t, site.bucket);
      const waiting = [];
      bucket.fault = (key, response) => key.endsWith(held) && waiting.push(response);
      const region = await startRegion(t, variables(site, bucket));
      const leaving = new AbortController();
      const first = region.fetch('/api/rules/pricing/evaluate/main.json', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"context":{"a":1,"b":2}}', signal: leaving.signal,
      }).catch((error) => error.name);
      await until(() => waiting.length > 0, held, region);
      leaving.abort();
      assert.equal(await first, 'AbortError');
      const next = region.evaluate('pricing');
      await pause(50);
      bucket.fault = () => false;
      for (const response of waiting) response.writeHead(503).end();
      const { status, body } = await next;
      assert.deepEqual([status, body.result?.version], [200, '1.0.0'], held);
      await region.kill();
    }
  });

  test('a refresh is nobody\'s wait: the release that is there answers while the source is slow', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const bucket = await serveBucket(t, own.bucket);
    const region = await startRegion(t, { ...variables(own, bucket), ZEN_EDGE_POLL_INTERVAL: '200ms', ZEN_EDGE_CACHE: 'none' });
    await region.evaluate('pricing');
    await own.release('pricing', '2.0.0');
    const waiting = [];
    bucket.fault = (_, response) => waiting.push(response);
    await pause(250);
    const reads = bucket.reads.length;
    const begin = performance.now();
    const { status, body } = await region.evaluate('pricing');
    assert.deepEqual([status, body.result.version], [200, '1.0.0']);
    await until(() => bucket.reads.length > reads, 'the source is asked after the answer', region);
    assert.ok(waiting.length > 0);
    t.diagnostic(`answered after ${(performance.now() - begin).toFixed(0)} ms while the source did not`);
    bucket.fault = () => false;
    for (const response of waiting) response.destroy();
    await until(async () => (await region.evaluate('pricing')).body.result.version === '2.0.0', 'the next release', region);
  });

  test('while releases change, each answer is of the release that it names', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const bucket = await serveBucket(t, own.bucket);
    const region = await startRegion(t, { ...variables(own, bucket), ZEN_EDGE_POLL_INTERVAL: '100ms' });
    const versions = new Set();
    let [requests, publishing, highest] = [0, true, 0];
    const load = async () => {
      let seen = 0;
      while (publishing) {
        const { status, headers, body } = await region.evaluate('pricing', { a: requests, b: 1 });
        assert.equal(status, 200, JSON.stringify(body));
        assert.equal(body.result.version, headers.get('x-release-version'));
        const revision = Number(headers.get('x-release-revision'));
        assert.ok(revision >= seen, `revision ${revision} after ${seen}`);
        seen = revision;
        highest = Math.max(highest, revision);
        versions.add(body.result.version);
        requests += 1;
      }
    };
    const clients = Array.from({ length: 4 }, load);
    for (const version of ['2.0.0', '3.0.0', '4.0.0', '5.0.0']) {
      await own.release('pricing', version);
      await until(() => versions.has(version), version, region);
    }
    publishing = false;
    await Promise.all(clients);
    t.diagnostic(`${requests} requests, revision ${highest}`);
    assert.deepEqual([...versions], ['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0']);
  });

  test('a Cron Trigger looks for newer releases where nobody asks', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const bucket = await serveBucket(t, own.bucket);
    const region = await startWorker(t, variables(own, bucket));
    const worker = await region.miniflare.getWorker('zen-edge');
    await worker.scheduled({ cron: '* * * * *' });
    assert.ok(bucket.count('timestamp.json') >= 1);
    await bucket.close();
    assert.equal((await region.evaluate('pricing')).status, 200);
  });

  test('a configuration that is not accepted is named, in every answer but that of health', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const sound = variables(site, bucket);
    const wrong = [
      [{ ZEN_EDGE_ENVIRONMENT: '' }, /^ZEN_EDGE_ENVIRONMENT is not set/],
      [{ ZEN_EDGE_TRUSTED_ROOT: '' }, /^ZEN_EDGE_TRUSTED_ROOT is not set/],
      [{ ZEN_EDGE_POLL_INTERVAL: 'soon' }, /^ZEN_EDGE_POLL_INTERVAL is `soon`/],
      [{ ZEN_EDGE_SOURCES: '[' }, /^ZEN_EDGE_SOURCES is not JSON/],
      [{ ZEN_EDGE_SOURCES: [{ name: 'x', type: 's3', endpoint: 'https://s3.example.com', bucket: 'b', region: 'r', accessKeyId: 'ABSENT', secretAccessKey: 'ABSENT' }] }, /ABSENT/],
      [{ ZEN_EDGE_STATUS_TOKEN: 'short-secret' }, /^ZEN_EDGE_STATUS_TOKEN is not accepted/],
      [{ ZEN_EDGE_DECISION_LOG: 'queue:ABSENT' }, /^ZEN_EDGE_DECISION_LOG/],
    ];
    for (const [change, message] of wrong) {
      const region = await startRegion(t, { ...sound, ...change });
      for (let round = 0; round < 2; round += 1) {
        const { status, body } = await region.evaluate('pricing');
        assert.deepEqual([status, body.code], [500, 'configuration.invalid']);
        assert.match(body.details, message);
        assert.ok(!body.details.includes('short-secret'));
      }
      assert.equal(await (await region.fetch('/api/health')).text(), 'healthy');
      assert.ok(!region.log.includes('short-secret'));
      await region.kill();
    }
  });

  test('a variable that is misspelt is named, with the nearest name', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const region = await startWorker(t, { ...variables(site, bucket), ZEN_EDGE_POL_INTERVAL: '10s' });
    const { status, body } = await region.evaluate('pricing');
    assert.equal(status, 500);
    assert.match(body.details, /ZEN_EDGE_POL_INTERVAL.*ZEN_EDGE_POLL_INTERVAL/);
  });
});
