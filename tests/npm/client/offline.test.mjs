// Starts without a network: from what was kept, and from what was baked in.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { memoryCache } from 'zen-edge';
import { folderCache, folderStore } from 'zen-edge/files';
import { expressions } from '../../node/documents.mjs';
import { serveBucket } from '../../worker/support/bucket.mjs';
import { folder, scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { ask, follow, next, version } from './support/following.mjs';

/** A source that does not answer. */
const down = { name: 'down', store: { get: async () => { throw new Error('down'); } } };

describe('without a network', () => {
  const t = scope();
  let site;
  let baked;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    await site.run('bake', site.address, '-o', 'baked-in.zip', '--root', 'root.json');
    baked = readFileSync(join(site.folder, 'baked-in.zip'));
  });

  test('a folder keeps what answers after a restart', async (t) => {
    const cache = folder(t);
    const bucket = await serveBucket(t, site.bucket);
    const first = await follow(t, site, [bucket], { cache: folderCache(cache) });
    const { release } = await ask(first);
    await first.close();
    bucket.reads.length = 0;
    const second = await follow(t, site, [down], { cache: folderCache(cache) });
    const answer = await ask(second);
    assert.deepEqual([answer.release.digest, answer.release.origin], [release.digest, 'lastKnownGood']);
    assert.equal(second.ready(), true);
    assert.equal(second.status().environments.production.cache.kind, 'folder');
    assert.deepEqual(bucket.reads, []);
  });

  test('a client that has something answers before a source does', async (t) => {
    const cache = folderCache(folder(t));
    const bucket = await serveBucket(t, site.bucket);
    await (await follow(t, site, [bucket], { cache })).close();
    const waiting = [];
    bucket.fault = (_, response) => waiting.push(response);
    const client = await follow(t, site, [bucket], { cache });
    assert.equal((await ask(client)).release.origin, 'lastKnownGood');
    bucket.fault = () => false;
    const told = next(client, 'status');
    for (const response of waiting) response.writeHead(503).end();
    await told;
  });

  test('every byte that is changed in the folder is found out', async (t) => {
    const path = folder(t);
    const bucket = await serveBucket(t, site.bucket);
    await (await follow(t, site, [bucket], { cache: folderCache(path) })).close();
    const files = readdirSync(path);
    assert.ok(files.length >= 2);
    for (const file of files) {
      const whole = readFileSync(join(path, file));
      for (const bytes of [whole.subarray(0, whole.length - 1), Buffer.from(whole).fill(0x30, whole.length >> 1, (whole.length >> 1) + 8), Buffer.alloc(0)]) {
        writeFileSync(join(path, file), bytes);
        const client = await follow(t, site, [down], { cache: folderCache(path) });
        const code = await ask(client).then(() => 'answered', (thrown) => thrown.code);
        assert.equal(code, 'notReady', file);
        await client.close();
      }
      writeFileSync(join(path, file), whole);
    }
    assert.equal(await version(await follow(t, site, [down], { cache: folderCache(path) })), '1.0.0');
  });

  test('a folder that cannot be written costs no answer, and the status says so', async (t) => {
    const path = join(folder(t), 'a file');
    writeFileSync(path, '');
    const bucket = await serveBucket(t, site.bucket);
    const client = await follow(t, site, [bucket], { cache: folderCache(join(path, 'below')) });
    assert.equal(await version(client), '1.0.0');
    const { cache } = client.status().environments.production;
    assert.ok(cache.failures > 0);
    assert.match(cache.lastError, /ENOTDIR|EEXIST/);
  });

  test('a folder replaces entries whole, and clears what was left behind', async (t) => {
    const path = folder(t);
    mkdirSync(path, { recursive: true });
    const old = join(path, 'left.tmp');
    const recent = join(path, 'writing.tmp');
    for (const file of [old, recent]) writeFileSync(file, '');
    utimesSync(old, 0, 0);
    const cache = folderCache(path);
    const key = `production/${'k'.repeat(250)}`;
    await cache.put(key, new Uint8Array([1, 2, 3]));
    await cache.put(key, new Uint8Array([4]));
    assert.deepEqual([...(await cache.get(key, 1))], [4]);
    assert.equal(await cache.get(key, 0), undefined);
    assert.equal(await cache.get('production/other', 9), undefined);
    await cache.delete(key);
    await cache.delete(key);
    assert.equal(await cache.get(key, 9), undefined);
    assert.deepEqual(readdirSync(path), ['writing.tmp']);
  });

  test('what was baked in answers where there is nothing else', async (t) => {
    for (const bakedIn of [baked, baked.buffer.slice(baked.byteOffset, baked.byteOffset + baked.length), new Response(baked), Promise.resolve(new Response(baked))]) {
      const client = await follow(t, site, [down], { bakedIn });
      assert.equal((await ask(client)).release.origin, 'bakedIn');
      assert.equal(client.ready(), true);
      await client.close();
    }
    const alone = await follow(t, site, [], { bakedIn: baked });
    assert.equal(await version(alone), '1.0.0');
  });

  test('the newer of what was kept and what was baked in answers', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    await own.run('bake', own.address, '-o', 'baked-in.zip', '--root', 'root.json');
    const bakedIn = readFileSync(join(own.folder, 'baked-in.zip'));
    await own.release('pricing', '2.0.0');
    const cache = memoryCache();
    await (await follow(t, own, [await serveBucket(t, own.bucket)], { cache })).close();
    const client = await follow(t, own, [down], { cache, bakedIn });
    const { result, release } = await ask(client);
    assert.deepEqual([result.version, release.origin], ['2.0.0', 'lastKnownGood']);
  });

  test('a baked-in release that cannot be fetched costs no more than that; one of another environment is said', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const client = await follow(t, site, [bucket], { bakedIn: new URL(`${bucket.url}nothing.zip`) });
    assert.equal(await version(client), '1.0.0');
    assert.match(client.status().environments.production.bakedInError, /status 404/);
    const other = await Site.make(t, { environment: 'staging' });
    await assert.rejects(follow(t, other, [down], { bakedIn: baked }), { name: 'ReleaseError', code: 'wrongEnvironment' });
  });

  test('a folder is a source like any other', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const client = await follow(t, own, [{ name: 'disk', store: folderStore(own.bucket) }]);
    assert.equal((await ask(client)).release.source, 'disk');
    assert.equal((await client.refresh()).outcome, 'unchanged');
    await own.release('pricing', '2.0.0');
    await client.refresh();
    assert.equal(await version(client), '2.0.0');
    const store = folderStore(new URL(`file://${own.bucket}/`));
    const request = { maxBytes: 1, origin: false, signal: new AbortController().signal };
    for (const key of ['', '..', 'a/../b', '/etc/passwd', 'a\\b', 'a\0']) await assert.rejects(store.get(key, request), { kind: 'invalid' });
    await assert.rejects(store.get('production/metadata/timestamp.json', request), { kind: 'tooLarge' });
    assert.deepEqual(await store.get('production', { ...request, maxBytes: 1 << 20 }).catch(({ kind }) => kind), 'unavailable');
    assert.deepEqual(await store.get('production/nothing', request), { status: 'missing' });
    const { objects } = await store.list('production/metadata/');
    assert.ok(objects.some(({ key, length }) => key === 'production/metadata/timestamp.json' && length > 1));
    assert.deepEqual(await store.list('nothing/'), { objects: [] });
  });

  test('a folder of more files than a listing may have is not listed', async (t) => {
    const path = folder(t);
    const store = folderStore(path);
    for (let index = 0; index < 10_000; index += 1) writeFileSync(join(path, String(index)), '');
    assert.equal((await store.list('')).objects.length, 10_000);
    writeFileSync(join(path, 'more'), '');
    await assert.rejects(store.list(''), ({ kind, message }) => kind === 'tooLarge' && !message.includes(path));
  });

  test('a bucket in GoRules\' own layout is followed where that was asked for', async (t) => {
    const bucket = folder(t);
    mkdirSync(join(bucket, 'production'));
    const deploy = async (own, number) => cpSync(await own.pack('pricing', number, { 'main.json': expressions({ version: `"${number}"` }) }), join(bucket, 'production/pricing'));
    await deploy(site, '7.0.0');
    const sources = [{ name: 'disk', store: folderStore(bucket) }];
    const client = await follow(t, site, sources, { trustedRoot: undefined, trust: { kind: 'unsigned' } });
    const { result, release } = await ask(client);
    assert.deepEqual([result.version, release.trust, release.revision], ['7.0.0', 'unsigned', null]);
    await deploy(site, '8.0.0');
    await client.refresh();
    assert.equal(await version(client), '8.0.0');
    // A store that cannot list says so.
    const { get } = folderStore(bucket);
    const none = await follow(t, site, [{ name: 'disk', store: { get } }], { trustedRoot: undefined, trust: { kind: 'unsigned' } });
    assert.equal((await ask(none).catch(({ cause }) => cause.kind)), 'unsupported');
  });
});
