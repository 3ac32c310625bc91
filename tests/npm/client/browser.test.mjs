// A client in Chromium, under a policy that allows wasm and nothing else.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { startChromium } from '../packaging/support/browser.mjs';
import { openPage, profile, servePages, servePublic } from './support/pages.mjs';

describe('a client in Chromium', () => {
  const t = scope();
  let browser;
  let url;

  before(async () => {
    browser = await startChromium(t);
    url = await servePages(t);
  });

  /** An environment with one release, its bucket, and what a page is to be told of them. */
  async function environment(t, options = {}) {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const bucket = await servePublic(t, site.bucket);
    return { site, bucket, options: { sources: [{ name: 'eu', url: bucket.url }], environment: 'production', trustedRoot: site.root, pollInterval: 0, ...options } };
  }

  /** Two tabs of one profile that follow the same: the first leads. */
  async function tabs(t, given) {
    const { site, options } = await environment(t, given);
    const context = await profile(t, browser);
    const leader = await openPage(context, url);
    await leader.start(options);
    const follower = await openPage(context, url);
    await follower.start(options);
    await follower.untilRole('follower');
    return { site, leader, follower };
  }

  test('answers at the first load, and from what is published by the next poll', async (t) => {
    const { site, bucket, options } = await environment(t, { pollInterval: 1_000 });
    const page = await openPage(await profile(t, browser), url);
    await page.start(options);
    const first = await page.ask();
    assert.deepEqual([first.version, first.origin, first.source, first.staleness], ['1.0.0', 'source', 'eu', 'fresh']);
    await site.release('pricing', '2.0.0');
    await page.untilVersion('2.0.0');
    const heard = await page.evaluate(() => globalThis.page.heard.update.map(({ activated }) => activated.pricing.version));
    assert.deepEqual(heard, ['1.0.0', '2.0.0']);
    assert.equal((await page.environment()).cache.kind, 'cacheStorage');
    assert.deepEqual(page.complaints, []);
    assert.equal(bucket.headers.cookie, undefined);
  });

  for (const [kind, cache] of [['cacheStorage', 'cacheStorage'], ['indexedDb', 'indexedDb'], ['indexedDb', ['indexedDbCache', 'mine']], ['cacheStorage', ['cacheStorageCache', 'mine']]]) {
    test(`starts without a network from ${JSON.stringify(cache)}`, async (t) => {
      const { bucket, options } = await environment(t, { cache });
      const page = await openPage(await profile(t, browser), url);
      await page.start(options);
      assert.equal((await page.environment()).cache.kind, kind);
      await bucket.close();
      await page.again();
      await page.start(options);
      const { version, origin } = await page.ask();
      assert.deepEqual([version, origin], ['1.0.0', 'lastKnownGood']);
      const found = await page.environment();
      assert.deepEqual([found.ready, found.cache.failures], [true, 0]);
      assert.deepEqual(page.complaints, []);
    });
  }

  test('does not believe what was changed in its storage', async (t) => {
    const { bucket, options } = await environment(t, { cache: 'cacheStorage' });
    const page = await openPage(await profile(t, browser), url);
    await page.start(options);
    const changed = await page.evaluate(async () => {
      await globalThis.page.client.close();
      const cache = await caches.open('zen-edge');
      const bundles = (await cache.keys()).filter(({ url }) => url.includes('bundles'));
      for (const request of bundles) {
        const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
        bytes[bytes.length >> 1] ^= 1;
        await cache.put(request, new Response(bytes));
      }
      return bundles.length;
    });
    assert.equal(changed, 1);
    await bucket.close();
    await page.again();
    await page.start(options);
    assert.equal((await page.environment()).ready, false);
    const code = await page.evaluate(() => globalThis.page.ask().catch((error) => error.code));
    assert.equal(code, 'notReady');
  });

  test('goes without storage where there is none, and says so', async (t) => {
    const { options } = await environment(t);
    const context = await profile(t, browser);
    // A browser that forbids storage throws where it is asked for.
    await context.addInitScript(() => {
      const forbidden = () => { throw new DOMException('forbidden', 'SecurityError'); };
      CacheStorage.prototype.open = forbidden;
      IDBFactory.prototype.open = forbidden;
    });
    const page = await openPage(context, url);
    await page.start(options);
    assert.equal((await page.ask()).version, '1.0.0');
    const { cache } = await page.environment();
    assert.equal(cache.kind, 'memory');
    assert.match(cache.lastError, /indexedDb cannot be used: SecurityError: forbidden/);
  });

  test('goes on where storage is full', async (t) => {
    const { site, options } = await environment(t, { cache: 'indexedDb' });
    const context = await profile(t, browser);
    await context.addInitScript(() => {
      IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
    });
    const page = await openPage(context, url);
    await page.start(options);
    await site.release('pricing', '2.0.0');
    await page.evaluate(() => globalThis.page.client.refresh());
    assert.equal((await page.ask()).version, '2.0.0');
    const { cache } = await page.environment();
    assert.ok(cache.failures > 0);
    assert.equal(cache.lastError, 'QuotaExceededError: full');
  });

  test('polls when it is back online, however far the next poll is', async (t) => {
    const { site, bucket, options } = await environment(t, { pollInterval: 3_600_000 });
    const context = await profile(t, browser);
    const page = await openPage(context, url);
    await page.start(options);
    await context.setOffline(true);
    await site.release('pricing', '2.0.0');
    bucket.reads.length = 0;
    await context.setOffline(false);
    await page.untilVersion('2.0.0');
    assert.ok(bucket.count('timestamp.json') > 0);
  });

  test('asks another origin without a preflight', async (t) => {
    const { site, bucket, options } = await environment(t);
    const methods = new Set();
    bucket.failing = (_, response) => void methods.add(response.req.method);
    const page = await openPage(await profile(t, browser), url);
    await page.start(options);
    const report = await page.evaluate(() => globalThis.page.client.refresh());
    assert.equal(report.outcome, 'unchanged');
    await site.release('pricing', '2.0.0');
    await page.evaluate(() => globalThis.page.client.refresh());
    assert.equal((await page.ask()).version, '2.0.0');
    assert.deepEqual([...methods], ['GET']);
  });

  test('reads what another origin compresses on the way', async (t) => {
    const { site, bucket, options } = await environment(t);
    bucket.failing = (key, response) => {
      const file = join(site.bucket, key);
      if (!existsSync(file)) return false;
      const bytes = gzipSync(readFileSync(file));
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes);
      return true;
    };
    const page = await openPage(await profile(t, browser), url);
    await page.start(options);
    assert.equal((await page.ask()).version, '1.0.0');
  });

  test('does not follow a redirect', async (t) => {
    const { site, bucket, options } = await environment(t);
    const elsewhere = await servePublic(t, site.bucket);
    bucket.failing = (key, response) => response.writeHead(302, { location: `${elsewhere.url}${key}` }).end();
    const page = await openPage(await profile(t, browser), url);
    await page.start(options);
    const found = await page.environment();
    assert.deepEqual([found.ready, found.error.kind], [false, 'invalid']);
    assert.match(found.error.message, /redirect/);
    assert.deepEqual(elsewhere.reads, []);
  });

  test('is told by the tab that leads, and leads when that is closed', async (t) => {
    const { site, bucket, options } = await environment(t, { pollInterval: 1_000 });
    const context = await profile(t, browser);
    const leader = await openPage(context, url);
    await leader.start(options);
    assert.equal((await leader.environment()).tabs.role, 'leader');

    const follower = await openPage(context, url);
    // Whatever this tab asks the network itself is seen.
    const own = [];
    follower.on('request', (request) => request.url().startsWith(bucket.url) && own.push(request.url()));
    await follower.start(options);
    await follower.untilRole('follower');
    await site.release('pricing', '2.0.0');
    await follower.untilVersion('2.0.0');
    assert.deepEqual(await follower.ask(), { ...(await leader.ask()), origin: 'edgeCache', source: null });
    assert.deepEqual(own, []);

    await leader.close();
    await follower.untilRole('leader');
    await site.release('pricing', '3.0.0');
    await follower.untilVersion('3.0.0');
    assert.ok(own.length > 0);
    assert.deepEqual(follower.complaints, []);
  });

  test('a tab that is hidden lets another one lead, and asks when it is seen again', async (t) => {
    const show = (page, state) => page.evaluate((visibility) => {
      Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
    const { site, leader: first, follower: second } = await tabs(t, { pollInterval: 1_000 });
    await show(first, 'hidden');
    await second.untilRole('leader');
    assert.equal((await first.environment()).tabs.role, 'alone');
    await site.release('pricing', '2.0.0');
    await second.untilVersion('2.0.0');
    assert.equal((await first.ask()).version, '1.0.0');
    await show(first, 'visible');
    await first.untilVersion('2.0.0');
    assert.equal((await first.environment()).tabs.role, 'follower');
  });

  test('a tab that leads and says nothing is not waited for', async (t) => {
    const { site, leader, follower } = await tabs(t, { pollInterval: 1_000 });
    await leader.evaluate(() => { BroadcastChannel.prototype.postMessage = () => {}; });
    await site.release('pricing', '2.0.0');
    await follower.untilVersion('2.0.0');
    assert.equal((await follower.environment()).tabs.role, 'follower');
  });

  test('a tab that crashes is replaced', async (t) => {
    const { site, leader, follower } = await tabs(t, { pollInterval: 1_000 });
    const crashed = leader.waitForEvent('crash');
    leader.goto('chrome://crash').catch(() => undefined);
    await crashed;
    await follower.untilRole('leader');
    await site.release('pricing', '2.0.0');
    await follower.untilVersion('2.0.0');
  });

  test('a Web Worker is told by the page, and reads what that keeps', async (t) => {
    const { bucket, options } = await environment(t);
    const page = await openPage(await profile(t, browser), url);
    await page.start(options);
    const told = bucket.reads.length;
    const answer = await page.evaluate((options) => new Promise((resolve, reject) => {
      const worker = new Worker('worker.js', { type: 'module' });
      worker.onerror = reject;
      worker.onmessage = ({ data }) => (data === 'ready' ? worker.postMessage(options) : resolve(data));
    }), options);
    assert.deepEqual(answer, { version: '1.0.0', origin: 'lastKnownGood', cache: 'cacheStorage', role: 'follower' });
    assert.equal(bucket.reads.slice(told).filter((key) => key.endsWith('.pricing')).length, 0);
    assert.deepEqual(page.complaints, []);
  });

  test('a tab that has nothing yet is told everything', async (t) => {
    const { bucket, options } = await environment(t);
    const context = await profile(t, browser);
    const leader = await openPage(context, url);
    await leader.start(options);
    // It cannot read what the leader keeps.
    const follower = await openPage(context, url);
    const own = [];
    follower.on('request', (request) => request.url().startsWith(bucket.url) && own.push(request.url().split('/').at(-1)));
    await follower.start({ ...options, cache: 'memory' });
    assert.equal((await follower.ask()).version, '1.0.0');
    assert.equal((await follower.environment()).tabs.role, 'follower');
    // Metadata comes from the leader, and only the bundle from the bucket.
    assert.equal(own.length, 1);
    assert.match(own[0], /^[0-9a-f]{64}\.pricing$/);
  });

  test('a page of this origin that says something else is not believed', async (t) => {
    const { site, leader, follower } = await tabs(t, { pollInterval: 3_600_000 });
    // Whatever has been told so far is taken up by then.
    await follower.evaluate(() => globalThis.page.client.refresh());
    const bytes = [...readFileSync(join(site.bucket, 'production/metadata/timestamp.json'))];
    await leader.evaluate(async (bytes) => {
      const channel = new BroadcastChannel('zen-edge:["production"]');
      const key = 'production/metadata/timestamp.json';
      const forged = Uint8Array.from(bytes, (byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));
      const told = (readings, at = Date.now()) => ({ kind: 'told', at, readings });
      const notes = (value) => told(new Map([['eu', new Map([[key, value]])]]));
      for (const message of [null, 7, 'told', {}, { kind: 'told' }, told([]), told(new Map([[1, new Map()]])), told(new Map([['eu', {}]])), notes(undefined), notes({ bytes: 'text' }), notes({ bytes: new Uint8Array(1), etag: 1 }), notes({ bytes: forged }), notes({ bytes: new Uint8Array(1 << 22) }), notes(null), told(new Map())]) {
        channel.postMessage(message);
      }
    }, bytes);
    await site.release('pricing', '2.0.0');
    await leader.evaluate(() => globalThis.page.client.refresh());
    await follower.untilVersion('2.0.0');
    assert.deepEqual(follower.complaints, []);
    assert.equal((await follower.environment()).revision, (await leader.environment()).revision);
  });

  test('tabs that follow something else do not listen to each other', async (t) => {
    const [a, b] = [await environment(t), await environment(t)];
    const context = await profile(t, browser);
    const first = await openPage(context, url);
    await first.start(a.options);
    const second = await openPage(context, url);
    await second.start({ ...b.options, projects: ['pricing'] });
    assert.deepEqual([(await first.environment()).tabs.role, (await second.environment()).tabs.role], ['leader', 'leader']);
    // The same environment's name, but not the same keys: what is told is not believed.
    const third = await openPage(context, url);
    await third.start({ ...b.options, cache: 'memory' });
    assert.equal((await third.ask()).version, '1.0.0');
  });
});
