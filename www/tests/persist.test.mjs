// What a visit leaves for the next one: in IndexedDB, and in the tab for what was not written yet.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSample, start, type } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

const KEY = 'pricing/volume-discount.json';
const input = (quantity) => `{"quantity": ${quantity}, "unitPrice": 8, "customer": {"tier": "retail"}}`;
const gross = (page, quantity) => page.locator('.grl-dg__simulator__response').getByText(`gross: ${quantity * 8},`).waitFor();

/** What IndexedDB holds of the visit. */
const stored = (page) =>
  page.evaluate(async () => {
    const { openDB } = { openDB: (name) => new Promise((resolve, reject) => Object.assign(indexedDB.open(name), { onsuccess: (event) => resolve(event.target.result), onerror: reject })) };
    const database = await openDB('keyval-store');
    if (!database.objectStoreNames.contains('keyval')) return undefined;
    const request = database.transaction('keyval').objectStore('keyval').get('session');
    const value = await new Promise((resolve) => Object.assign(request, { onsuccess: () => resolve(request.result) }));
    database.close();
    return value;
  });

/** Waits until IndexedDB holds an input. */
async function written(page, text) {
  for (let tries = 0; (await stored(page))?.inputs?.[KEY] !== text; tries += 1) {
    assert.ok(tries < 100, `the input ${text} is stored`);
    await page.waitForTimeout(100);
  }
}

/** Opens the sample with an input. */
async function begin(page, quantity) {
  await openSample(page, KEY);
  await page.locator('.grl-dg__simulator__response').getByText('wholesale volume').waitFor();
  await type(page, 'Input as JSON', input(quantity));
  await gross(page, quantity);
}

const goes = (page, name) => page.evaluate((event) => dispatchEvent(new PageTransitionEvent(event, { persisted: true })), name);
const left = (page) => page.evaluate(() => sessionStorage.getItem('zen-edge.unwritten'));

test('a page that was left and came back as it was does not bring back what is older', async () => {
  const { page, watch } = await site.visit();
  await begin(page, 2);
  await written(page, input(2));
  await type(page, 'Input as JSON', input(3));
  await goes(page, 'pagehide');
  await goes(page, 'pageshow');
  await gross(page, 3);
  await written(page, input(3));
  await type(page, 'Input as JSON', input(4));
  await written(page, input(4));
  assert.equal(await left(page), null);
  await page.reload();
  await gross(page, 4);
  watch.clean();
});

test('what a page had not written when it went is taken over, and written', async () => {
  const { page, watch } = await site.visit();
  await begin(page, 2);
  await written(page, input(2));
  // As if IndexedDB had not been done in time.
  const newer = await stored(page);
  newer.inputs[KEY] = input(5);
  newer.at += 1;
  await page.evaluate((value) => sessionStorage.setItem('zen-edge.unwritten', JSON.stringify(value)), newer);
  await page.reload();
  await gross(page, 5);
  await written(page, input(5));
  assert.equal(await left(page), null);
  watch.clean();
});

test('what another tab wrote later counts more than what this one had not written', async () => {
  const { page, context, watch } = await site.visit();
  await begin(page, 2);
  await written(page, input(2));
  await page.evaluate((value) => sessionStorage.setItem('zen-edge.unwritten', JSON.stringify(value)), await stored(page));
  const other = await context.newPage();
  await other.goto(site.origin);
  await gross(other, 2);
  await type(other, 'Input as JSON', input(6));
  await written(other, input(6));
  await page.reload();
  await gross(page, 6);
  watch.clean();
});

test('what a link opens replaces nothing that was kept, written or not', async () => {
  const { page, watch } = await site.visit();
  await begin(page, 2);
  await page.getByRole('button', { name: 'Share as a link' }).click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  await page.keyboard.press('Escape');
  await type(page, 'Input as JSON', input(7));
  // A path of its own, for another fragment alone loads nothing.
  await page.goto(`${site.origin}/index.html${new URL(link).hash}`);
  await gross(page, 2);
  await page.goto(site.origin);
  await gross(page, 7);
  watch.clean();
});

test('what cannot be taken over is passed over, and costs nothing that can', async () => {
  const { page, watch } = await site.visit();
  await begin(page, 2);
  await written(page, input(2));
  for (const text of ['{"documents": 7}', 'nonsense', JSON.stringify({ ...(await stored(page)), documents: [[1]], at: 1e15 })]) {
    await page.evaluate((value) => sessionStorage.setItem('zen-edge.unwritten', value), text);
    await page.reload();
    await gross(page, 2);
  }
  assert.equal((await stored(page)).inputs[KEY], input(2));
  watch.clean();
});

test('a browser that stores nothing says so, once, and the page goes on', async () => {
  const { page, context, watch } = await site.visit({ path: '/icon.svg' });
  await context.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('the quota has been exceeded', 'QuotaExceededError');
    };
  });
  await page.goto(site.origin);
  await openSample(page, KEY);
  const notice = page.getByRole('alert').filter({ hasText: 'not kept for your next visit' });
  await notice.getByText('the quota has been exceeded').waitFor();
  await notice.getByRole('button', { name: 'Close' }).click();
  await type(page, 'Input as JSON', input(9));
  await gross(page, 9);
  await notice.waitFor({ state: 'detached' });
  watch.clean();
});
