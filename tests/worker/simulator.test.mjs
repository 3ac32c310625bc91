// The simulator as the Worker's static assets, as wrangler.toml switches them on.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { browse, openSample } from '../../www/tests/support/page.mjs';
import { serveBucket } from './support/bucket.mjs';
import { deployment, startDeployment } from './support/deployment.mjs';
import { scope } from './support/processes.mjs';
import { Site } from './support/site.mjs';

describe('a Worker with the simulator', () => {
  let made;
  let region;

  const t = scope();

  before(async () => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const bucket = await serveBucket(t, site.bucket);
    made = deployment(t, { simulator: true });
    // What must not stand before the API.
    mkdirSync(join(made.assets, 'api'));
    writeFileSync(join(made.assets, 'api/health'), 'from a file');
    region = await startDeployment(t, made, {
      ZEN_EDGE_TRUSTED_ROOT: site.root,
      ZEN_EDGE_SOURCES: JSON.stringify([{ name: 'eu', type: 'https', url: bucket.url }]),
      ZEN_EDGE_ACCESS: 'open',
    });
  });

  test('serves the page with its policy, and each file as what it is', async () => {
    const page = await region.fetch('/');
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type'), /^text\/html/);
    assert.match(page.headers.get('content-security-policy'), /default-src 'none'.* frame-ancestors 'none'/);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    assert.match(await page.text(), /<title>zen-edge simulator<\/title>/);
    const types = { js: /javascript/, css: /^text\/css/, wasm: /^application\/wasm$/, ttf: /^font\/ttf/, svg: /^image\/svg/, webmanifest: /^application\/manifest\+json/ };
    const files = readdirSync(made.assets, { recursive: true }).map((path) => path.replaceAll('\\', '/'));
    for (const [ending, type] of Object.entries(types)) {
      const path = files.find((found) => found.endsWith(`.${ending}`));
      const file = await region.fetch(`/${path}`);
      assert.equal(file.status, 200, path);
      assert.match(file.headers.get('content-type'), type, path);
      assert.match(file.headers.get('content-security-policy'), /script-src 'self' 'wasm-unsafe-eval'/, path);
      assert.equal(/immutable/.test(file.headers.get('cache-control')), path.startsWith('assets/'), path);
    }
  });

  test('answers what is no file itself', async () => {
    for (const path of ['/absent', '/assets/absent.js', '/_headers']) {
      const absent = await region.fetch(path);
      assert.deepEqual([absent.status, (await absent.json()).code], [404, 'route.notFound'], path);
    }
  });

  test('answers the API itself, whatever files there are', async () => {
    assert.equal(await (await region.fetch('/api/health')).text(), 'healthy');
    const navigation = await region.fetch('/api/absent', { headers: { 'sec-fetch-mode': 'navigate', accept: 'text/html' } });
    assert.deepEqual([navigation.status, (await navigation.json()).code], [404, 'route.notFound']);
    const { status, body } = await region.evaluate('pricing');
    assert.deepEqual([status, body.result], [200, { version: '1.0.0', sum: 3 }]);
  });

  test('the page simulates there, with and without a network, and sees the API', async () => {
    const site = await browse({ origin: region.url, close: () => undefined }, { serviceWorkers: 'allow' });
    t.after(site.close);
    const { page, context, watch } = await site.visit();
    await page.getByText('Ready offline').waitFor();
    await page.reload();
    await openSample(page, 'pricing/volume-discount.json');
    const output = page.locator('.grl-dg__simulator__response');
    await output.getByText('wholesale volume').waitFor();
    const answered = page.waitForResponse(`${region.url}/api/status`);
    assert.equal((await page.evaluate(() => fetch('./api/status').then((response) => response.json()))).ready, true);
    assert.equal((await answered).fromServiceWorker(), false);
    await context.setOffline(true);
    await page.reload();
    await output.getByText('wholesale volume').waitFor();
    watch.clean();
  });
});

test('without static assets the Worker has no page', async (t) => {
  const region = await startDeployment(t, deployment(t), { ZEN_EDGE_TRUST: 'unsigned' });
  assert.equal(await (await region.fetch('/api/health')).text(), 'healthy');
  for (const path of ['/', '/index.html', '/sw.js']) {
    const absent = await region.fetch(path);
    assert.deepEqual([absent.status, (await absent.json()).code], [404, 'route.notFound'], path);
  }
});
