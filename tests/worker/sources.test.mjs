// Where releases come from, through the real Worker: each kind of source, their order, and none.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { serveBucket } from './support/bucket.mjs';
import { startWorker } from './support/cloudflare.mjs';
import { folder, scope, until } from './support/processes.mjs';
import { startRegion } from './support/region.mjs';
import { ADMIN, READER, startSeaweed } from './support/seaweed.mjs';
import { Site } from './support/site.mjs';

/** Puts all objects of a folder into an R2 bucket. */
async function upload(bucket, path) {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const keys = files.map((entry) => join(entry.parentPath, entry.name)).map((file) => [file.slice(path.length + 1), file]);
  for (const [key, file] of keys) await bucket.put(key, readFileSync(file));
}

describe('sources', () => {
  const t = scope();
  let site;
  let trust;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    trust = { ZEN_EDGE_ENVIRONMENT: 'production', ZEN_EDGE_TRUSTED_ROOT: site.root, ZEN_EDGE_ACCESS: 'open' };
  });

  test('an R2 bucket, below a prefix', async (t) => {
    const sources = [{ name: 'primary', type: 'r2', binding: 'RULES', prefix: 'eu' }];
    const region = await startWorker(t, { ...trust, ZEN_EDGE_SOURCES: sources }, { r2Buckets: ['RULES'] });
    const bucket = await region.miniflare.getR2Bucket('RULES');
    const none = await region.evaluate('pricing');
    assert.deepEqual([none.status, none.body.code], [503, 'release.notReady']);
    await mkdirSync(join(site.folder, 'below/eu'), { recursive: true });
    cpSync(site.bucket, join(site.folder, 'below/eu'), { recursive: true });
    await upload(bucket, join(site.folder, 'below'));
    const { status, headers } = await until(async () => {
      const answer = await region.evaluate('pricing');
      return answer.status === 200 && answer;
    }, 'the release');
    assert.deepEqual([status, headers.get('x-release-version')], [200, '1.0.0']);
  });

  test('an S3 bucket, with signed requests', async (t) => {
    const server = await startSeaweed(t, ['rules']);
    const address = `s3://rules/a/b/production?endpoint=${server.endpoint}&region=us-east-1`;
    const own = await Site.make(t, { address, variables: { AWS_ACCESS_KEY_ID: ADMIN[0], AWS_SECRET_ACCESS_KEY: ADMIN[1] } });
    await own.release('pricing', '1.0.0');
    const source = { name: 's3', type: 's3', endpoint: server.endpoint, bucket: 'rules', region: 'us-east-1', prefix: 'a/b', pathStyle: true };
    const variables = {
      ...trust,
      ZEN_EDGE_TRUSTED_ROOT: own.root,
      ZEN_EDGE_POLL_INTERVAL: '400ms',
      ZEN_EDGE_SOURCES: [{ ...source, accessKeyId: 'S3_ACCESS_KEY_ID', secretAccessKey: 'S3_SECRET_ACCESS_KEY' }],
      S3_ACCESS_KEY_ID: READER[0],
      S3_SECRET_ACCESS_KEY: READER[1],
    };
    const region = await startRegion(t, variables);
    assert.equal((await region.evaluate('pricing')).headers.get('x-release-version'), '1.0.0');
    await own.release('pricing', '2.0.0');
    await until(async () => (await region.evaluate('pricing')).body.result.version === '2.0.0', 'the next release', region);
    // A secret that is not the right one is refused by the server, and never repeated.
    const wrong = await startRegion(t, { ...variables, S3_SECRET_ACCESS_KEY: 'not-the-secret' });
    const { status, body } = await wrong.evaluate('pricing');
    assert.deepEqual([status, body.code], [503, 'release.notReady']);
    const told = JSON.stringify([body, await wrong.status(), wrong.log, region.log]);
    for (const secret of ['not-the-secret', READER[1]]) assert.ok(!told.includes(secret), secret);
  });

  test('a web server, with a token', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const sources = [{ name: 'web', type: 'https', url: bucket.url, token: 'SOURCE_TOKEN' }];
    const region = await startRegion(t, { ...trust, ZEN_EDGE_SOURCES: sources, SOURCE_TOKEN: 'the-token-of-the-source' });
    assert.equal((await region.evaluate('pricing')).status, 200);
    assert.equal(bucket.headers.authorization, 'Bearer the-token-of-the-source');
    assert.ok(!JSON.stringify([await region.status(), region.log]).includes('the-token-of-the-source'));
  });

  test("GoRules' layout, of which nobody vouches, by its name only", async (t) => {
    const path = folder(t);
    mkdirSync(join(path, 'staging'));
    cpSync(await site.pack('pricing', '3.0.0', { 'main.json': readFileSync(join(site.folder, 'pricing-1.0.0/main.json'), 'utf8') }), join(path, 'staging/pricing'));
    const variables = { ZEN_EDGE_ENVIRONMENT: 'staging', ZEN_EDGE_ACCESS: 'open', ZEN_EDGE_TRUST: 'unsigned', ZEN_EDGE_SOURCES: [{ name: 'brms', type: 'r2', binding: 'RULES' }] };
    const region = await startWorker(t, variables, { r2Buckets: ['RULES'] });
    await upload(await region.miniflare.getR2Bucket('RULES'), path);
    const { status, headers } = await region.evaluate('pricing');
    assert.deepEqual([status, headers.get('x-release-version')], [200, '3.0.0']);
    // The same bucket without that word is not trusted.
    const signed = await startWorker(t, { ...variables, ZEN_EDGE_TRUST: 'tuf' }, { r2Buckets: ['RULES'] });
    const refused = await signed.evaluate('pricing');
    assert.deepEqual([refused.status, refused.body.code], [500, 'configuration.invalid']);
    assert.match(refused.body.details, /^ZEN_EDGE_TRUSTED_ROOT is not set/);
  });

  test('the next source answers where the first does not, and the first again when it does', async (t) => {
    const [first, second] = [await serveBucket(t, site.bucket), await serveBucket(t, site.bucket)];
    const faults = [
      (_, response) => response.writeHead(503).end(),
      (_, response) => response.writeHead(403).end('<Error/>'),
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>'),
      (_, response) => response.destroy() && true,
      (key, response) => !key.endsWith('timestamp.json') && response.writeHead(404).end(),
    ];
    for (const fault of faults) {
      first.fault = fault;
      const sources = [{ name: 'first', type: 'https', url: first.url }, { name: 'second', type: 'https', url: second.url }];
      const region = await startRegion(t, { ...trust, ZEN_EDGE_SOURCES: sources, ZEN_EDGE_POLL_INTERVAL: '200ms' });
      const { status, headers } = await region.evaluate('pricing');
      assert.deepEqual([status, headers.get('x-release-version')], [200, '1.0.0'], String(fault));
      assert.match(headers.get('x-release-source'), /second/, String(fault));
      await region.kill();
    }
    first.fault = () => false;
    const region = await startRegion(t, { ...trust, ZEN_EDGE_SOURCES: [{ name: 'first', type: 'https', url: first.url }] });
    assert.match((await region.evaluate('pricing')).headers.get('x-release-source'), /first/);
  });

  test('the region is that of the place where requests come in', async (t) => {
    const [america, europe] = [await serveBucket(t, site.bucket), await serveBucket(t, site.bucket)];
    const sources = [{ name: 'america', type: 'https', url: america.url }, { name: 'europe', type: 'https', url: europe.url }];
    const regions = { default: 'us', continents: { EU: 'eu' }, colos: { MRS: 'us' }, sources: { us: ['america', 'europe'], eu: ['europe', 'america'] } };
    const variables = { ...trust, ZEN_EDGE_SOURCES: sources, ZEN_EDGE_REGIONS: regions };
    const asked = async (colo, continent, scheduled) => {
      const region = await startWorker(t, variables, { cf: { colo, continent } });
      const worker = await region.miniflare.getWorker('zen-edge');
      if (scheduled) await worker.scheduled({ cron: '* * * * *' });
      const { status, headers } = await region.evaluate('pricing');
      assert.equal(status, 200);
      return headers.get('x-region');
    };
    assert.equal(await asked('FRA', 'EU', false), 'eu');
    assert.equal(await asked('MRS', 'EU', false), 'us');
    assert.equal(await asked('NRT', 'AS', false), 'us');
    // A scheduled event says nothing of a place.
    assert.equal(await asked('FRA', 'EU', true), 'eu');
  });

  test('a replica that is behind never brings an older release', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const behind = join(own.folder, 'behind');
    cpSync(own.bucket, behind, { recursive: true });
    await own.release('pricing', '2.0.0');
    const [ahead, late] = [await serveBucket(t, own.bucket), await serveBucket(t, behind)];
    const sources = [{ name: 'ahead', type: 'https', url: ahead.url }, { name: 'late', type: 'https', url: late.url }];
    const region = await startRegion(t, { ...trust, ZEN_EDGE_TRUSTED_ROOT: own.root, ZEN_EDGE_SOURCES: sources, ZEN_EDGE_POLL_INTERVAL: '100ms' });
    assert.equal((await region.evaluate('pricing')).body.result.version, '2.0.0');
    await ahead.close();
    const asked = late.count('timestamp.json');
    await until(async () => {
      const { body, status } = await region.evaluate('pricing');
      assert.deepEqual([status, body.result.version], [200, '2.0.0']);
      return late.count('timestamp.json') >= asked + 3;
    }, 'the replica is asked', region);
  });

  test('the release that was deployed with the Worker, until there is a newer one', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    await own.run('bake', own.address, '--root', 'root.json', '-o', 'baked-in.zip');
    const baked = readFileSync(join(own.folder, 'baked-in.zip'));
    await own.release('pricing', '2.0.0');
    const bucket = await serveBucket(t, own.bucket);
    const variables = { ...trust, ZEN_EDGE_TRUSTED_ROOT: own.root, ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }], ZEN_EDGE_POLL_INTERVAL: '200ms' };
    bucket.fault = (_, response) => response.writeHead(503).end();
    const region = await startWorker(t, variables, { replaced: { 'baked-in.zip': baked } });
    const first = await region.evaluate('pricing');
    assert.deepEqual([first.status, first.body.result.version], [200, '1.0.0']);
    assert.match(first.headers.get('x-release-source'), /baked/);
    bucket.fault = () => false;
    await until(async () => (await region.evaluate('pricing')).body.result.version === '2.0.0', 'the next release');
    // Another root's signatures are none, wherever they are found.
    const other = await Site.make(t);
    const wrong = await startWorker(t, { ...variables, ZEN_EDGE_TRUSTED_ROOT: other.root }, { replaced: { 'baked-in.zip': baked } });
    assert.equal((await wrong.evaluate('pricing')).status, 503);
    // What is not whole is no configuration.
    const broken = await startWorker(t, variables, { replaced: { 'baked-in.zip': baked.subarray(0, 200) } });
    const { status, body } = await broken.evaluate('pricing');
    assert.deepEqual([status, body.code], [500, 'configuration.invalid']);
    assert.match(body.details, /zen-edge bake/);
  });

  test('where no source answers and there is no cache, the answer says so', async (t) => {
    const sources = [{ name: 'gone', type: 'https', url: 'http://127.0.0.1:1/' }];
    const region = await startRegion(t, { ...trust, ZEN_EDGE_SOURCES: sources });
    const { status, body, headers } = await region.evaluate('pricing');
    assert.deepEqual([status, body.code], [503, 'release.notReady']);
    assert.match(headers.get('retry-after'), /^\d+$/);
    assert.equal((await region.fetch('/api/ready')).status, 503);
    assert.equal((await region.fetch('/api/health')).status, 200);
  });
});
