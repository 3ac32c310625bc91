// The page without a network, and newer versions of it.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSample, shot, start, toView, type } from './support/page.mjs';
import { released } from './support/releases.mjs';
import { dist } from './support/server.mjs';
import { NEWER, newerVersion } from './support/versions.mjs';

/** A server and a browser for one test, which may stop either. */
async function site(t, extra) {
  const started = await start(extra, { serviceWorkers: 'allow' });
  t.after(() => started.close());
  return started;
}

const ready = (page) => page.getByText('Ready offline').waitFor();

/** No connection is made from now on. */
async function disconnect({ server }, context) {
  await context.setOffline(true);
  await server.close();
}

const output = (page) => page.locator('.grl-dg__simulator__response');

/** The paths that caches of the page hold, by what their names end with. */
const kept = (page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map(({ url }) => new URL(url).pathname);
  });

test('what is kept is all that the page is made of', () => {
  const list = /(\[\{"revision".*?\}\])/.exec(readFileSync(join(dist, 'sw.js'), 'utf8'))?.[1] ?? '[]';
  const listed = JSON.parse(list).map(({ url }) => url);
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dist.length));
  const others = ['_headers', 'licenses.md', 'settings.json', 'sw-licenses.md', 'sw.js'];
  assert.deepEqual(listed.toSorted(), files.filter((path) => !others.includes(path)).toSorted());
});

test('once it is ready, the page needs no network: also loaded again, below any path', async (t) => {
  const made = released();
  t.after(made.remove);
  const zip = { name: 'pricing.zip', mimeType: 'application/zip', buffer: made.zip };
  const folder = '/tools/simulator';
  const at = await site(t, (request) => {
    request.url = request.url.replace(folder, '');
    return false;
  });
  const { page, context, watch } = await at.visit({ path: `${folder}/` });
  await ready(page);
  await disconnect(at, context);
  // Nothing of this was loaded before.
  await openSample(page, 'pricing/volume-discount.json');
  await output(page).getByText('wholesale volume').waitFor();
  await page.reload();
  await output(page).getByText('wholesale volume').waitFor();
  await type(page, 'Input as JSON', '{"quantity": 2, "unitPrice": 5, "customer": {"tier": "retail"}}');
  await output(page).getByText('gross: 10,').waitFor();
  await toView(page, 'Test');
  await page.getByRole('button', { name: /^Run all \d+ cases$/ }).click();
  await page.getByText(/^(\d+) passed, 0 failed, of \1$/).waitFor();
  await toView(page, 'Compare');
  await page.getByLabel('Release to compare with').setInputFiles(zip);
  await page.getByText(/documents? differs?/).waitFor();
  await page.getByLabel('Files to open').setInputFiles(zip);
  await page.getByText('pricing 1.4.0').waitFor();
  await page.getByRole('button', { name: /unsigned/ }).click();
  await page.getByRole('dialog').getByText(made.digest).waitFor();
  await shot(page, 'offline');
  await ready(page);
  watch.clean();
});

test('what evaluators and stores answer is neither kept nor answered from what is kept', async (t) => {
  const asked = [];
  const at = await site(t, (request, response) => {
    if (!request.url.startsWith('/api/') && request.url !== '/pricing.zip') return false;
    asked.push(request.url);
    response.writeHead(200, { 'cache-control': 'max-age=600' }).end('{}');
    return true;
  });
  const { page, context, watch } = await at.visit();
  await ready(page);
  await page.reload();
  await ready(page);
  const paths = ['/api/status', '/api/rules/pricing/bundle', '/pricing.zip'];
  const ask = (path) => page.evaluate((url) => fetch(url, { cache: 'no-store' }).then(({ status }) => status, () => 'failed'), path);
  for (const path of [...paths, ...paths]) {
    const answered = page.waitForResponse(at.origin + path);
    assert.equal(await ask(path), 200);
    assert.equal((await answered).fromServiceWorker(), false, path);
  }
  assert.deepEqual(asked, [...paths, ...paths]);
  await disconnect(at, context);
  for (const path of paths) assert.equal(await ask(path), 'failed');
  const all = await kept(page);
  assert.ok(all.includes('/index.html'));
  assert.deepEqual(all.filter((path) => /^\/(api|pricing)/.test(path)), []);
  watch.clean();
});

test('settings are those of the network, and without one those that were seen last', async (t) => {
  /** @type {string | undefined} */
  let settings = '{"regions": ["/one"]}';
  const at = await site(t, (request, response) => {
    if (request.url !== '/settings.json') return false;
    response.writeHead(settings === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(settings);
    return true;
  });
  const { page, context } = await at.visit();
  await ready(page);
  const seen = () => page.evaluate(() => fetch('./settings.json').then((response) => (response.ok ? response.text() : String(response.status))));
  assert.equal(await seen(), '{"regions": ["/one"]}');
  settings = '{}';
  assert.equal(await seen(), '{}');
  settings = undefined;
  assert.equal(await seen(), '404');
  settings = '{"regions": ["/two"]}';
  assert.equal(await seen(), settings);
  await disconnect(at, context);
  assert.equal(await seen(), settings);
});

test('a page without settings has none without a network, either', async (t) => {
  const at = await site(t, (request, response) => {
    if (request.url !== '/settings.json') return false;
    response.writeHead(404).end();
    return true;
  });
  const { page, context, watch } = await at.visit();
  await ready(page);
  await disconnect(at, context);
  await page.reload();
  await ready(page);
  assert.equal(await page.evaluate(() => fetch('./settings.json').then(({ status }) => status)), 404);
  watch.clean();
});

test('a newer version waits for its user, keeps what is open, and replaces the one before', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-www-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = await site(t);
  const { page, context, watch } = await at.visit();
  await ready(page);
  const other = await context.newPage();
  await other.goto(at.origin);
  await ready(other);
  newerVersion(`${folder}/`);
  at.server.folder = `${folder}/`;
  await page.reload();
  assert.notEqual(await page.title(), NEWER);
  await openSample(page, 'pricing/volume-discount.json');
  await type(page, 'Input as JSON', '{"quantity": 2, "unitPrice": 8, "customer": {"tier": "retail"}}');
  await output(page).getByText('gross: 16,').waitFor();
  const notice = page.getByRole('alert').filter({ hasText: 'A newer version' });
  await notice.waitFor();
  await shot(page, 'newer');
  await notice.getByRole('button', { name: 'Reload' }).click();
  await page.waitForFunction((title) => document.title === title, NEWER);
  await output(page).getByText('gross: 16,').waitFor();
  assert.equal(await notice.count(), 0);
  // The other tab goes on with files that the server no longer has, and that it has not loaded before.
  await openSample(other, 'policy/pricing/loyalty-collect.json');
  await other.locator('[data-block="set-member-score"]').getByText('= 22').waitFor();
  await type(other, 'Input as JSON', '{"member": {"miles": 10, "years": 6}}');
  await other.locator('[data-block="set-member-score"]').getByText('= 6').waitFor();
  assert.ok((await kept(page)).some((path) => path.startsWith('/assets/') && !path.includes('-newer.')));
  await page.close();
  const again = other.getByRole('alert').filter({ hasText: 'A newer version' });
  await again.getByRole('button', { name: 'Reload' }).click();
  await other.waitForFunction((title) => document.title === title, NEWER);
  await other.locator('[data-block="set-member-score"]').getByText('= 6').waitFor();
  await other.waitForFunction(async () => {
    const names = await caches.keys();
    const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return all.flat().every(({ url }) => !url.includes('/assets/') || url.includes('-newer.'));
  });
  await disconnect(at, context);
  await other.reload();
  assert.equal(await other.title(), NEWER);
  await other.locator('[data-block="set-member-score"]').getByText('= 6').waitFor();
  watch.clean();
});

test('a link that is open is not lost to a newer version, and still not kept', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-www-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = await site(t);
  const { page, context } = await at.visit();
  await openSample(page, 'pricing/volume-discount.json');
  await output(page).getByText('wholesale volume').waitFor();
  await ready(page);
  await page.getByRole('button', { name: 'Share as a link' }).click();
  const visit = await context.newPage();
  await visit.goto(await page.getByRole('textbox', { name: 'Link' }).inputValue());
  await type(visit, 'Input as JSON', '{"quantity": 3, "unitPrice": 9, "customer": {"tier": "retail"}}');
  await output(visit).getByText('gross: 27,').waitFor();
  newerVersion(`${folder}/`);
  at.server.folder = `${folder}/`;
  await visit.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await visit.getByRole('alert').getByRole('button', { name: 'Reload' }).click();
  await visit.waitForFunction((title) => document.title === title, NEWER);
  await output(visit).getByText('gross: 27,').waitFor();
  await page.reload();
  await output(page).getByText('wholesale volume').waitFor();
});

test('where there are no service workers, the page is as it was', async (t) => {
  const at = await site(t);
  const origin = at.origin.replace('127.0.0.1', 'simulator.test');
  const { page, watch } = await at.visit({ path: '/icon.svg', allowed: [origin] });
  await page.goto(origin);
  await page.getByText('Online only').waitFor();
  assert.equal(await page.evaluate(() => isSecureContext || Reflect.has(navigator, 'serviceWorker')), false);
  await openSample(page, 'pricing/volume-discount.json');
  await output(page).getByText('wholesale volume').waitFor();
  await page.reload();
  await output(page).getByText('wholesale volume').waitFor();
  watch.clean();
});
