// Sources that fail, lag and lie: what answers goes on answering.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { serveBucket } from '../../worker/support/bucket.mjs';
import { folder, scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { ask, follow, followed, next, version } from './support/following.mjs';

/** What a bucket does instead of answering; `true` is left hanging. */
const FAULTS = {
  500: (response) => response.writeHead(500).end(),
  404: (response) => response.writeHead(404).end(),
  403: (response) => response.writeHead(403).end(),
  'a body that is cut short': (response) => response.writeHead(200, { 'content-length': 1_000 }).write('{', () => response.destroy()),
  'a body without end': (response) => {
    response.writeHead(200);
    const more = () => response.writable && response.write(Buffer.alloc(1 << 16, ' '), more);
    more();
  },
  'a length that is too long': (response) => response.writeHead(200, { 'content-length': 1 << 30 }).write('{'),
  'a page of HTML': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  'a redirect': (response, elsewhere) => response.writeHead(302, { location: elsewhere }).end(),
  silence: () => {},
  '304 to whoever did not ask': (response) => response.writeHead(304).end(),
};

describe('a source', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
  });

  for (const [name, answer] of Object.entries(FAULTS)) {
    for (const ending of ['timestamp.json', '.pricing']) {
      test(`that answers ${ending} with ${name} is passed over`, async (t) => {
        const [bad, good, elsewhere] = await Promise.all([1, 2, 3].map(() => serveBucket(t, site.bucket)));
        bad.fault = (key, response) => key.endsWith(ending) && (answer(response, elsewhere.url), true);
        const client = await follow(t, site, [bad, good]);
        assert.equal(await version(client), '1.0.0');
        assert.equal((await ask(client)).release.source, 'region-1');
        assert.ok(bad.count(ending) > 0);
        assert.deepEqual(elsewhere.reads, []);
      });
    }
  }

  test('that fails at the start leaves a client that says so, and answers once it can', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    bucket.fault = (_, response) => response.writeHead(403).end();
    const client = await follow(t, site, [bucket]);
    assert.equal(client.ready(), false);
    const error = await ask(client).catch((thrown) => thrown);
    assert.deepEqual([error.name, error.code, error.cause.kind, error.cause.source], ['ClientError', 'notReady', 'denied', 'region-0']);
    assert.throws(() => client.evaluateSync('pricing', 'main.json'), { code: 'notReady' });
    assert.deepEqual(JSON.parse(JSON.stringify(error)).code, 'notReady');
    bucket.fault = () => false;
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.equal(client.ready(), true);
    assert.equal(await version(client), '1.0.0');
  });

  test('that fails later takes nothing away; that is told once', async (t) => {
    const { bucket, client } = await followed(t, site);
    bucket.fault = (_, response) => response.writeHead(403).end();
    const failed = next(client, 'error');
    assert.equal((await client.refresh()).outcome, 'failed');
    assert.equal((await failed).kind, 'denied');
    let told = 0;
    client.addEventListener('error', () => { told += 1; });
    await client.refresh();
    assert.equal(told, 0);
    assert.equal(await version(client), '1.0.0');
    assert.equal(client.ready(), true);
    assert.equal(client.status().environments.production.error.kind, 'denied');
    bucket.fault = () => false;
    await client.refresh();
    assert.equal(client.status().environments.production.error, null);
  });

  test('is asked on condition, without cookies, with the headers that it is to have', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const client = await follow(t, site, [{ name: 'eu', url: `${bucket.url}?sig=a%2Bb`, headers: { authorization: 'Bearer t0ken' } }]);
    bucket.reads.length = 0;
    assert.equal((await client.refresh()).outcome, 'unchanged');
    assert.deepEqual(bucket.reads, ['production/metadata/timestamp.json']);
    assert.match(bucket.headers['if-none-match'], /^"[0-9a-f]{32}"$/);
    assert.deepEqual([bucket.headers.authorization, bucket.headers['accept-encoding'], bucket.headers.cookie], ['Bearer t0ken', 'identity', undefined]);
    assert.equal(JSON.stringify(client.status()).includes('t0ken'), false);
    assert.equal(JSON.stringify(client.status()).includes('sig='), false);
  });

  test('that goes back to older releases is refused', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const before = folder(t);
    cpSync(own.bucket, before, { recursive: true });
    await own.release('pricing', '2.0.0');
    const { client } = await followed(t, own);
    const { revision } = client.status().environments.production;
    cpSync(before, own.bucket, { recursive: true });
    const { outcome, error } = await client.refresh();
    assert.deepEqual([outcome, error.kind], ['failed', 'rollback']);
    assert.equal(await version(client), '2.0.0');
    assert.equal(client.status().environments.production.revision, revision);
  });

  test('whose bytes are changed on the way is refused, and the next one is asked', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const forged = folder(t);
    cpSync(own.bucket, forged, { recursive: true });
    const [good, bad] = await Promise.all([serveBucket(t, own.bucket), serveBucket(t, forged)]);
    const client = await follow(t, own, [bad, good]);
    await own.release('pricing', '2.0.0');
    const timestamp = join(own.bucket, 'production/metadata/timestamp.json');
    const text = readFileSync(timestamp, 'utf8');
    writeFileSync(join(forged, 'production/metadata/timestamp.json'), text.replace(/"version": ?(\d+)/, '"version": 9$1'));
    await client.refresh();
    assert.equal(await version(client), '2.0.0');
    const [first] = client.status().environments.production.sources;
    assert.ok(first.consecutiveFailures > 0);
  });

  test('of your own is as good as any, whatever it throws', async (t) => {
    const files = (key) => readFileSync(join(site.bucket, key));
    const store = {
      async get(key, { maxBytes }) {
        try {
          const bytes = new Uint8Array(files(key));
          return bytes.length > maxBytes ? { status: 'missing' } : { status: 'found', bytes };
        } catch {
          return { status: 'missing' };
        }
      },
    };
    const throwing = { get: async () => { throw 'not even an error'; } };
    const absurd = { get: async () => ({ status: 'found', bytes: 'text' }) };
    const client = await follow(t, site, [{ name: 'throwing', store: throwing }, { name: 'absurd', store: absurd }, { name: 'own', store }]);
    assert.equal((await ask(client)).release.source, 'own');
  });

  test('that is asked by a fetch of your own', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const asked = [];
    const client = await follow(t, site, [bucket], { fetch: (url, init) => (asked.push(url), fetch(url, init)) });
    assert.equal(await version(client), '1.0.0');
    assert.deepEqual(asked, bucket.reads.map((key) => bucket.url + key));
  });
});
