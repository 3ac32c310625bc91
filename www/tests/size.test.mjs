// What the page weighs, against the budget in size.json; and how soon it can be used, which is reported.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { start } from './support/page.mjs';
import { dist } from './support/server.mjs';

const file = new URL('../size.json', import.meta.url);
const { budget } = JSON.parse(readFileSync(file, 'utf8'));

const zipped = (path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length;
const sum = (paths) => paths.reduce((bytes, path) => bytes + zipped(path), 0);

/** Files that a visit asks for until the page can be used, workers, the engine and what keeps the page left out. */
async function firstLoad() {
  const site = await start();
  try {
    const asked = new Set();
    const { page } = await site.visit({ path: '/icon.svg' });
    page.on('request', (request) => asked.add(new URL(request.url()).pathname.slice(1) || 'index.html'));
    await page.goto(site.origin);
    await page.getByRole('button', { name: 'Open the sample' }).click({ trial: true });
    const millis = await page.evaluate(() => performance.now());
    await page.getByText(/ZEN engine \d/).waitFor();
    const engineMillis = await page.evaluate(() => performance.now());
    const paths = [...asked].filter((path) => /\.(html|js|css)$/.test(path) && !/worker|workbox/.test(path));
    return { bytes: sum(paths), millis: Math.round(millis), engineMillis: Math.round(engineMillis) };
  } finally {
    await site.close();
  }
}

test('the page is within its budget', async (t) => {
  const assets = readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`);
  const wasm = (name) => sum(assets.filter((path) => path.includes(name) && path.endsWith('.wasm')));
  const first = await firstLoad();
  const measured = {
    firstLoad: first.bytes,
    engine: wasm('zen_edge_bg'),
    releases: wasm('zen_edge_releases_bg'),
    serviceWorker: zipped('sw.js'),
    analysis: wasm('zen_edge_workspace_bg'),
    everything: sum(assets),
  };
  t.diagnostic(`usable after ${first.millis} ms, engine after ${first.engineMillis} ms, on this machine`);
  for (const [name, bytes] of Object.entries(measured)) {
    t.diagnostic(`${name}: ${bytes} bytes gzipped, of ${budget[name]}`);
    assert.ok(bytes > 0 && bytes <= budget[name], `${name} is ${bytes} bytes, over its budget of ${budget[name]}`);
  }
  if (process.env.WRITE_SIZE) {
    const times = { usableMillis: first.millis, engineMillis: first.engineMillis };
    writeFileSync(file, `${JSON.stringify({ unit: 'bytes, gzipped', budget, measured: { ...measured, ...times } }, null, 2)}\n`);
  }
});
