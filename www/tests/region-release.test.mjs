// Opening what a region serves: what goes wrong, by evaluators that answer what a test says. With the
// built Worker: regions.test.mjs.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { expressions } from '../../tests/node/documents.mjs';
import { deferred } from '../../tests/support/deferred.mjs';
import { scope } from '../../tests/worker/support/processes.mjs';
import { Site } from '../../tests/worker/support/site.mjs';
import { violations } from './support/axe.mjs';
import { shot, start, toView } from './support/page.mjs';
import { fakeEvaluator, follow, region, status } from './support/regions.mjs';

const BUNDLE = '/api/rules/pricing/bundle';

const suite = scope();
let site, zip, digest;
before(async () => {
  site = await start();
  suite.after(() => site.close());
  const publisher = await Site.make(suite);
  zip = readFileSync(await publisher.pack('pricing', '2.5.0', { 'main.json': expressions({ sum: 'a + b' }) }));
  digest = createHash('sha256').update(zip).digest('hex');
});

/** An evaluator that serves the release, as far as `answers` does not say otherwise. */
async function evaluator(t, answers = {}, named = {}) {
  const fake = await fakeEvaluator(t);
  const given = [200, zip, { 'content-type': 'application/zip', etag: `"${digest}"`, 'x-release-digest': digest }];
  fake.answers = { '/api/status': [200, status({ region: 'eu', digest, version: '2.5.0', ...named })], [BUNDLE]: given, ...answers };
  return fake;
}

async function dialogFor(page, address, token = '') {
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByRole('menuitem', { name: /by its address/ }).click();
  await page.getByRole('tab', { name: 'Running region' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address of the evaluator').fill(address);
  await dialog.getByLabel(/Operators' token/).fill(token);
  await dialog.getByRole('button', { name: 'Ask' }).click();
  return dialog;
}

const OPEN = { name: 'Open pricing of production, as eu serves it' };

test('a release is chosen from what a region says it serves, and keeps what vouches for it', async (t) => {
  const eu = await evaluator(t);
  const { page, watch } = await site.visit({ allowed: [eu.url] });
  const dialog = await dialogFor(page, eu.url, 'secret-token');
  const cells = await dialog.getByRole('row', { name: /pricing/ }).getByRole('cell').allTextContents();
  assert.deepEqual(cells.slice(0, 8), ['production', 'pricing', '2.5.0', digest.slice(0, 12), '7', '3 s', 'fresh', 'bucket-eu']);
  await shot(page, 'region-dialog');
  await dialog.getByRole('button', OPEN).click();
  await page.getByText('pricing 2.5.0').waitFor();
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual(eu.asked, [['/api/status', 'Bearer secret-token'], [BUNDLE, 'Bearer secret-token']]);
  const vouched = async () => {
    await page.getByRole('button', { name: /served by eu/ }).click();
    const shown = page.getByRole('dialog', { name: 'Release' });
    for (const text of [digest, `eu (${eu.url}/)`, 'bucket-eu', 'a source had confirmed it 3 s before']) await shown.getByText(text).waitFor();
    await shown.getByText(/it has seen no signature/).waitFor();
  };
  await vouched();
  await shot(page, 'region-trust');
  await page.keyboard.press('Escape');
  // What is open is written after a moment; a reload leaves it to the next page of the tab.
  await page.reload();
  await vouched();
  watch.clean();
});

test('a region that checked no signature does not seem to have', async (t) => {
  const eu = await evaluator(t, {}, { trust: 'unsigned' });
  const { page, watch } = await site.visit({ allowed: [eu.url] });
  await (await dialogFor(page, eu.url)).getByRole('button', OPEN).click();
  await page.getByRole('button', { name: /served by eu/ }).click();
  await page.getByText(/it checked no signature either/).waitFor();
  watch.clean();
});

test('the Regions view opens what a region serves', async (t) => {
  const eu = await evaluator(t);
  const { page, watch } = await site.visit({ allowed: [eu.url] });
  await toView(page, 'Regions');
  await follow(page, [eu]);
  await region(page, 'eu').getByRole('button', OPEN).click();
  await page.getByText('pricing 2.5.0').waitFor();
  await page.getByRole('button', { name: /served by eu/ }).waitFor();
  await page.locator('.grl-dg__simulator__response').waitFor();
  watch.clean();
});

/** A body that never ends. */
const endless = (request, response) => {
  const chunk = Buffer.alloc(1024 * 1024);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write).writeHead(200, { 'content-type': 'application/zip' });
  write();
};
const changed = () => Buffer.concat([zip.subarray(0, -1), Buffer.from([0xff])]);
const fault = (code, details) => ({ code, details });

/** What the evaluator answers, and what the page says then. @type {Record<string, [() => unknown, string | RegExp]>} */
const REFUSALS = {
  'the token is wanted': [() => [401, fault('unauthorized', '…')], 'the evaluator gives its rules to its operators only: it wants their token (denied)'],
  'the evaluator is older or does not offer it': [() => undefined, 'the evaluator does not offer its rules: it is older, or its operators have not allowed it (notFound)'],
  'the project is gone': [() => [404, fault('project.notFound', '…')], 'the evaluator does not serve this project any more: ask it again (notFound)'],
  'the bundle is not given to anybody': [() => [403, fault('bundle.accessTokens', 'it has access tokens')], 'the evaluator does not give this release: it has access tokens (denied)'],
  'the evaluator is not ready': [() => [503, fault('release.notReady', 'no release has arrived')], 'the evaluator has no release that may be given: no release has arrived (unavailable)'],
  'the evaluator has moved on': [() => [200, zip, { 'x-release-digest': 'b'.repeat(64) }], 'the evaluator has taken another release since it was asked: ask it again (digestMismatch)'],
  'the bytes are not those that were named': [() => [200, changed(), { 'x-release-digest': digest }], /the evaluator gives other bytes than its status names, and they are not opened: .*\(digestMismatch\)/],
  'the zip is huge': [() => endless, /is longer than 16777216 bytes \(tooLarge\)/],
  'it answers with another address': [() => [302, '', { location: '/elsewhere' }], /cannot be reached/],
  'it breaks off': [() => (request, response) => response.destroy(), /cannot be reached/],
};

for (const [name, [answer, message]] of Object.entries(REFUSALS)) {
  test(`nothing is opened, and the reason is said: ${name}`, async (t) => {
    const eu = await evaluator(t, { [BUNDLE]: answer() });
    const { page, watch } = await site.visit({ allowed: [eu.url] });
    const dialog = await dialogFor(page, eu.url);
    await dialog.getByRole('button', OPEN).click();
    await dialog.getByRole('alert').filter({ hasText: 'Nothing was opened' }).getByText(message).waitFor();
    assert.ok(await dialog.getByRole('button', OPEN).isEnabled(), 'it can be tried again');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Open the sample' }).waitFor();
    watch.clean();
  });
}

test('an address without an evaluator, one that may not be asked, and none at all are told apart', async (t) => {
  const [none, gone] = [await evaluator(t, { '/api/status': undefined }), await evaluator(t)];
  await gone.close();
  const { page, watch } = await site.visit({ allowed: [none.url, gone.url] });
  const dialog = await dialogFor(page, none.url);
  await dialog.getByText('there is no evaluator at this address: it has no status (404)').waitFor();
  await dialog.getByLabel('Address of the evaluator').fill(gone.url);
  await dialog.getByRole('button', { name: 'Ask' }).click();
  await dialog.getByText('it cannot be reached, or does not allow this page (CORS)').waitFor();
  await dialog.getByLabel('Address of the evaluator').fill('javascript:alert(1)');
  await dialog.getByRole('button', { name: 'Ask' }).click();
  await dialog.getByText('an address begins with https:// and has no password').waitFor();
  watch.clean();
});

for (const colorScheme of ['light', 'dark']) {
  test(`what regions serve is free of what axe finds, and fits a phone, in ${colorScheme} colours`, async (t) => {
    const eu = await evaluator(t);
    const { page } = await site.visit({ allowed: [eu.url], colorScheme, bypassCSP: true, viewport: { width: 390, height: 844 } });
    const dialog = await dialogFor(page, eu.url);
    await dialog.getByRole('button', OPEN).waitFor();
    assert.deepEqual(await violations(page), [], 'dialog');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await toView(page, 'Regions');
    await follow(page, [eu]);
    await region(page, 'eu').getByRole('button', OPEN).waitFor();
    assert.deepEqual(await violations(page), [], 'view');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the screen');
    await shot(page, `regions-phone-${colorScheme}`);
    await region(page, 'eu').getByRole('button', OPEN).click();
    await page.getByRole('button', { name: /served by eu/ }).click();
    await page.getByText(/it has seen no signature/).waitFor();
    assert.deepEqual(await violations(page), [], 'release');
  });
}

test('a download ends with its dialog', async (t) => {
  const [begun, ended] = [deferred(), deferred()];
  const hanging = (request, response) => {
    response.on('close', ended.resolve).writeHead(200).write('PK');
    begun.resolve();
  };
  const eu = await evaluator(t, { [BUNDLE]: hanging });
  const { page, watch } = await site.visit({ allowed: [eu.url] });
  const dialog = await dialogFor(page, eu.url);
  await dialog.getByRole('button', OPEN).click();
  await dialog.locator('.ant-btn-loading').waitFor();
  // What has not been asked for yet is given up where no evaluator sees it.
  await begun.promise;
  await page.keyboard.press('Escape');
  await ended.promise;
  await page.getByRole('button', { name: 'Open the sample' }).waitFor();
  watch.clean();
});
