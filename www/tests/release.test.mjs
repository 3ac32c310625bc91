// Opening releases: their identity, their digest, and what vouches for them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shot, start } from './support/page.mjs';
import { released } from './support/releases.mjs';

let made;
let site;
before(async () => {
  made = released();
  site = await start((request, response) => made.answer(request, response));
});
after(async () => {
  await site?.close();
  made?.remove();
});

const zipFile = (buffer) => ({ name: 'pricing', mimeType: 'application/zip', buffer });

async function byAddress(page) {
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByRole('menuitem', { name: /by its address/ }).click();
}

test('a release zip is opened from a file, with its identity, as unsigned', async () => {
  const { page, watch } = await site.visit();
  await page.getByLabel('Files to open').setInputFiles(zipFile(made.zip));
  await page.getByText('pricing 1.4.0').waitFor();
  await page.getByRole('button', { name: /unsigned/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(made.digest).waitFor();
  await dialog.getByText('r-1').waitFor();
  await dialog.getByText('Nothing vouches for this release').waitFor();
  await shot(page, 'release');
  await page.keyboard.press('Escape');
  await page.locator('.grl-dg__simulator__response .view-line').nth(1).waitFor();
  watch.clean();
});

test('a zip that was changed is refused, and nothing else happens', async () => {
  const { page, watch } = await site.visit();
  const broken = Buffer.from(made.zip);
  broken.fill(0xff, broken.length >> 1, (broken.length >> 1) + 64);
  await page.getByLabel('Files to open').setInputFiles(zipFile(broken));
  await page.getByText(/Nothing was opened: .*\(\w+\)/).waitFor();
  await page.getByRole('button', { name: 'Open the sample' }).waitFor();
  watch.clean();
});

test('a zip is opened by its address if it has the digest that was asked for', async () => {
  const { page, watch } = await site.visit();
  await byAddress(page);
  await page.getByLabel('Address of the zip').fill(`${site.origin}/pricing.zip`);
  await page.getByLabel(/SHA-256/).fill('0'.repeat(64));
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByText(/digestMismatch/).waitFor();
  await byAddress(page);
  await page.getByLabel('Address of the zip').fill(`${site.origin}/pricing.zip`);
  await page.getByLabel(/SHA-256/).fill(made.digest);
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByText('pricing 1.4.0').waitFor();
  watch.clean();
});

async function verify(page, root) {
  await byAddress(page);
  await page.getByRole('tab', { name: 'Signed environment' }).click();
  await page.getByLabel('Address of the environment').fill(`${site.origin}/store/production`);
  await page.getByLabel(/Trusted root/).fill(root);
  await page.getByRole('button', { name: 'Verify' }).click();
}

test('a release of a signed environment is verified, by keys that are shown', async () => {
  const { page, watch } = await site.visit();
  await verify(page, made.root);
  await page.getByText('The metadata of production is verified').waitFor();
  await shot(page, 'verified');
  await page.getByRole('button', { name: 'Open pricing' }).click();
  await page.getByRole('button', { name: /verified/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Release' });
  await dialog.getByText(made.digest).waitFor();
  assert.equal(await dialog.getByText('signed', { exact: true }).count(), 4);
  watch.clean();
});

test('an environment that the trusted root does not vouch for is refused, with the reason', async () => {
  const { page, watch } = await site.visit();
  await verify(page, made.strangersRoot());
  await page.getByRole('alert').filter({ hasText: 'Refused' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Open pricing' }).and(page.locator(':enabled')).count(), 0);
  await shot(page, 'refused');
  watch.clean();
});
