// A client in Chromium, under a policy that allows wasm and nothing else.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
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

  test('does not poll while it is offline, and does when it is back', async (t) => {
    const { site, bucket, options } = await environment(t, { pollInterval: 3_600_000 });
    const context = await profile(t, browser);
    const page = await openPage(context, url);
    await page.start(options);
    // Polls are a second apart at the least.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_100)));
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

  test('does not follow a redirect', async (t) => {
    const { bucket, options } = await environment(t);
    const elsewhere = await servePublic(t, join(bucket.url));
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
    assert.equal((await follower.environment()).tabs.role, 'follower');
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
