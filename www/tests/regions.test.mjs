// Regions, live: the built Worker in workerd, each with a bucket of its own.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { scope } from '../../tests/worker/support/processes.mjs';
import { Site } from '../../tests/worker/support/site.mjs';
import { shot, start, toView } from './support/page.mjs';
import { follow, region, startCopy } from './support/regions.mjs';

const OPERATOR = 'the-token-of-whoever-operates';

const t = scope();
let site, publisher, east, west, guarded;
before(async () => {
  site = await start();
  t.after(() => site.close());
  publisher = await Site.make(t);
  await publisher.release('pricing', '1.0.0');
  east = await startCopy(t, 'east', publisher, site.origin, { ZEN_EDGE_BUNDLES: 'open', ZEN_EDGE_STALE_AFTER: '5s' });
  west = await startCopy(t, 'west', publisher, site.origin);
  guarded = await startCopy(t, 'guarded', publisher, site.origin, { ZEN_EDGE_STATUS_TOKEN: OPERATOR });
});

const row = (page, name) => region(page, name).getByRole('row', { name: /pricing/ });
const ALIKE = 'All regions serve the same releases';
const UNLIKE = 'Regions serve different releases';

/** Gives the address of an evaluator in the dialog, and waits for what it serves. */
async function askIn(page, { url }, token) {
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByRole('menuitem', { name: /by its address/ }).click();
  await page.getByRole('tab', { name: 'Running region' }).click();
  await page.getByLabel('Address of the evaluator').fill(url);
  if (token !== undefined) await page.getByRole('dialog').getByLabel(/Operators' token/).fill(token);
  await page.getByRole('button', { name: 'Ask' }).click();
}

/** Fails, and says what to do, if the Worker was built before it could give bundles. */
async function givesBundles({ url }) {
  const response = await fetch(`${url}/api/rules/pricing/bundle`);
  await response.body?.cancel();
  assert.notEqual(response.status, 404, 'the Worker in worker/dist does not offer bundles (404); build it again: make worker');
}

test('a release is opened from a region, which vouches for it', async () => {
  await east.evaluate('pricing');
  await givesBundles(east);
  const { page, watch } = await site.visit({ allowed: [east.url] });
  await askIn(page, east);
  await page.getByRole('button', { name: 'Open pricing of production, as east serves it' }).click();
  await page.getByText('pricing 1.0.0').waitFor();
  await page.getByRole('button', { name: /served by east/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Release' });
  const { digest } = (await east.status()).environments.production.projects.pricing.release;
  await dialog.getByText(digest).waitFor();
  await dialog.getByText('bucket-east').waitFor();
  await dialog.getByText(/it verified it by the signatures of the environment/).waitFor();
  await shot(page, 'served');
  watch.clean();
});

test('a region that gives its rules to its operators only wants their token', async () => {
  await guarded.evaluate('pricing');
  await givesBundles(guarded);
  const { page, watch } = await site.visit({ allowed: [guarded.url] });
  await askIn(page, guarded);
  await page.getByText('it wants the token of its operators').waitFor();
  await page.getByRole('dialog').getByLabel(/Operators' token/).fill(OPERATOR);
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByRole('button', { name: 'Open pricing of production, as guarded serves it' }).click();
  await page.getByText('pricing 1.0.0').waitFor();
  watch.clean();
});

test('regions diverge and converge with a publish; what goes away is told apart, and harms no other', async () => {
  const { page, watch } = await site.visit({ allowed: [east.url, west.url] });
  await page.evaluate(() => (globalThis.sameVisit = true));
  await toView(page, 'Regions');
  await follow(page, [east, west]);
  await page.getByText(ALIKE).waitFor();
  const { digest, source } = (await east.status()).environments.production.projects.pricing.release;
  for (const name of ['east', 'west']) {
    await region(page, name).getByText('ready', { exact: true }).waitFor();
    await row(page, name).getByText('fresh', { exact: true }).waitFor();
    const cells = await row(page, name).getByRole('cell').allTextContents();
    assert.deepEqual(cells.slice(0, 5), ['production', 'pricing', '1.0.0', digest.slice(0, 12), '2'], name);
    assert.match(cells[5], /^\d+ s$/);
    assert.equal(cells[7], `bucket-${name}`);
  }
  assert.equal(source, 'bucket-east');

  await publisher.release('pricing', '1.1.0');
  east.replicate();
  await page.getByText(UNLIKE).waitFor();
  await row(page, 'east').getByText('1.1.0').waitFor();
  await row(page, 'west').getByText('1.0.0').waitFor();
  await shot(page, 'regions');
  west.replicate();
  await page.getByText(ALIKE).waitFor();
  await row(page, 'west').getByText('1.1.0').waitFor();
  await row(page, 'west').getByRole('cell', { name: '3', exact: true }).waitFor();

  await west.kill();
  await region(page, `${west.url}/`).getByText('it cannot be reached').waitFor();
  await page.getByText('Not all regions answer').waitFor();
  await row(page, 'east').getByText('1.1.0').waitFor();

  await east.bucket.close();
  await row(page, 'east').getByText('stale', { exact: true }).waitFor();
  await row(page, 'east').getByText('1.1.0').waitFor();
  assert.notEqual((await row(page, 'east').getByRole('cell').allTextContents())[8], '', 'the error is named');
  assert.ok(await page.evaluate(() => globalThis.sameVisit), 'the page was never loaded again');
  watch.clean();
});
