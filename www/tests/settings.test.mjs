// settings.json beside the page: what it begins with.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSample, shot, start, toView } from './support/page.mjs';
import { fakeEvaluator, region, status } from './support/regions.mjs';
import { released } from './support/releases.mjs';
import { dist } from './support/server.mjs';

/** The script of the worker that reads releases. */
const READER = readdirSync(join(dist, 'assets')).find(
  (name) => name.startsWith('worker-') && readFileSync(join(dist, 'assets', name), 'utf8').includes('zen_edge_releases_bg'),
);

let made, site, written;
before(async () => {
  made = released();
  site = await start((request, response) => {
    if (request.url === '/settings.json' && written !== undefined) {
      if (written === null) response.writeHead(404).end();
      else response.writeHead(200).end(typeof written === 'string' ? written : JSON.stringify(written));
      return true;
    }
    return made.answer(request, response);
  });
});
after(async () => {
  await site?.close();
  made?.remove();
});

/** An evaluator that serves the release. */
async function evaluator(t) {
  const fake = await fakeEvaluator(t);
  const answers = { '/api/status': [200, status({ region: 'eu', digest: made.digest, version: '1.4.0' })], '/api/rules/pricing/bundle': [200, made.zip] };
  fake.answers = answers;
  return fake;
}

const menu = async (page) => {
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByRole('menuitem', { name: 'The sample' }).waitFor();
};

for (const nothing of [null, {}, undefined]) {
  test(`the page begins with nothing if the settings say so: ${JSON.stringify(nothing) ?? 'as it is built'}`, async () => {
    written = nothing;
    const { page, watch } = await site.visit();
    await page.waitForFunction(() => performance.getEntriesByName(new URL('settings.json', document.baseURI).href).length > 0);
    await page.getByRole('button', { name: 'Open the sample' }).waitFor();
    await toView(page, 'Regions');
    await page.getByText('Give the address of an evaluator').waitFor();
    assert.equal(await page.locator('.ant-alert').count(), 0);
    watch.clean();
  });
}

test('a zip beside the page is opened at the first visit, and offered later', async () => {
  written = { open: { release: 'pricing.zip' } };
  const { page, watch } = await site.visit();
  await page.getByText('pricing 1.4.0').waitFor();
  await page.getByRole('button', { name: /unsigned/ }).waitFor();
  await menu(page);
  await page.getByRole('menuitem', { name: 'The sample' }).click();
  await page.locator('.project').getByText('Sample').waitFor();
  await page.reload();
  await page.locator('.project').getByText('Sample').waitFor();
  await menu(page);
  await page.getByRole('menuitem', { name: 'pricing.zip' }).click();
  await page.getByText('pricing 1.4.0').waitFor();
  watch.clean();
});

test('a region\'s project is opened at the first visit, and regions are followed until there are own ones', async (t) => {
  const [eu, own] = [await evaluator(t), await fakeEvaluator(t)];
  own.answers['/api/status'] = [200, status({ region: 'own' })];
  written = { regions: [eu.url, '/'], open: { region: eu.url, project: 'pricing' } };
  const { page, watch } = await site.visit({ allowed: [eu.url, own.url] });
  await page.getByText('pricing 1.4.0').waitFor();
  await page.getByRole('button', { name: /served by eu/ }).waitFor();
  await toView(page, 'Regions');
  await region(page, 'eu').getByText('1.4.0').waitFor();
  await region(page, `${site.origin}/`).getByText('there is no evaluator at this address').waitFor();
  await shot(page, 'settings');
  await page.getByLabel('Addresses of evaluators').fill(own.url);
  await page.getByRole('button', { name: 'Follow' }).click();
  await region(page, 'own').getByText('1.0.0').waitFor();
  await page.reload();
  await toView(page, 'Regions');
  await region(page, 'own').getByText('1.0.0').waitFor();
  assert.equal(await region(page, 'eu').count(), 0);
  watch.clean();
});

test('what the settings name cannot be opened: it is said, and the page works', async (t) => {
  const eu = await evaluator(t);
  written = { open: { region: eu.url, project: 'absent' } };
  const { page, watch } = await site.visit({ allowed: [eu.url] });
  await page.getByText('Nothing was opened: eu does not serve `absent`').waitFor();
  await openSample(page);
  await page.locator('.project').getByText('Sample').waitFor();
  watch.clean();
});

test('what the user opens meanwhile stays open', async (t) => {
  const eu = await evaluator(t);
  let go;
  eu.answers['/api/status'] = (request, response) => (go = () => response.end(JSON.stringify(status({ region: 'eu', digest: made.digest }))));
  written = { open: { region: eu.url, project: 'pricing' } };
  const { page, watch } = await site.visit({ allowed: [eu.url] });
  await page.getByText(/^Opening pricing of 127\.0\.0\.1/).waitFor();
  await openSample(page);
  await page.locator('.project').getByText('Sample').waitFor();
  const reader = page.waitForEvent('worker', (worker) => worker.url().endsWith(READER));
  go();
  await (await reader).waitForEvent('close');
  await menu(page);
  await page.locator('.project').getByText('Sample').waitFor();
  watch.clean();
});

const BROKEN = {
  '{"regions": [': /it is not JSON/,
  '[]': 'it is no object',
  '{"region": "/"}': 'there is no setting `region`',
  '{"regions": "/"}': '`regions` must be a list of addresses',
  '{"regions": ["javascript:alert(1)"]}': '`regions.0` is no web address',
  '{"regions": ["https://user:word@eu.example"]}': '`regions.0` is no web address',
  '{"open": {"project": "pricing"}}': '`open` must be {"region": address, "project": name} or {"release": address}',
  '{"open": {"release": "a.zip", "more": 1}}': '`open` must be {"region": address, "project": name} or {"release": address}',
  '{"open": {"release": 7}}': '`open` must be {"region": address, "project": name} or {"release": address}',
};

test('settings that are wrong are named, one by one, and the page works', async () => {
  const { page, watch } = await site.visit();
  for (const [text, message] of [...Object.entries(BROKEN), [' '.repeat(70_000), 'it is longer than 64 KiB']]) {
    written = text;
    await page.reload();
    const alert = page.getByRole('alert').filter({ hasText: 'settings.json of this page is not used' });
    await alert.filter({ hasText: message }).waitFor();
  }
  await openSample(page);
  await page.locator('.project').getByText('Sample').waitFor();
  watch.clean();
});
