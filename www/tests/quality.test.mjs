// Access for everybody, small screens, large projects.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { openSample, select, shot, start, toView } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

for (const colorScheme of ['light', 'dark']) {
  test(`every view is free of what axe finds, in ${colorScheme} colours`, async () => {
    const { page } = await site.visit({ colorScheme, reducedMotion: 'reduce', bypassCSP: true });
    await page.getByText(/ZEN engine \d/).waitFor();
    assert.deepEqual(await violations(page), [], 'welcome');
    await openSample(page, 'policy/pricing/loyalty-collect.json');
    await page.locator('[data-block="set-member-score"]').getByText('= 22').waitFor();
    assert.deepEqual(await violations(page), [], 'policy');
    await toView(page, 'Test');
    await page.getByRole('button', { name: /^Run those of/ }).click();
    await page.getByText(/^(\d+) passed, 0 failed, of \1$/).waitFor();
    assert.deepEqual(await violations(page), [], 'tests');
    await shot(page, `tests-${colorScheme}`);
    for (const view of ['Compare', 'What if', 'Stubs', 'Regions']) {
      await toView(page, view);
      assert.deepEqual(await violations(page), [], view);
    }
    await toView(page, 'Simulate');
    await select(page, 'pricing/volume-discount.json');
    await page.locator('.grl-dg__simulator__response').getByText('wholesale volume').waitFor();
    assert.deepEqual(await violations(page), [], 'graph');
    await shot(page, `graph-${colorScheme}`);
  });
}

test('the page is used by keyboard alone', async () => {
  const { page, watch } = await site.visit();
  await page.getByText(/ZEN engine \d/).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Open');
  for (let presses = 0; (await focused()) !== 'Open the sample'; presses += 1) {
    assert.ok(presses < 20, 'the sample is reached');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('tree').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('treeitem', { name: 'zone.json', selected: true }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('treeitem', { name: 'shipping', expanded: false }).waitFor();
  watch.clean();
});

/** What makes the page scroll sideways. */
const tooWide = (page) =>
  page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const all = [...document.body.querySelectorAll('*')];
    return all.filter((element) => element.getBoundingClientRect().right > innerWidth + 1).map((element) => `${element.tagName}.${element.className}`);
  });

test('a phone shows everything in one column, nothing wider than the screen', async () => {
  const { page, watch } = await site.visit({ viewport: { width: 390, height: 844 } });
  await openSample(page, 'policy/pricing/loyalty-collect.json');
  await page.locator('[data-block="set-member-score"]').getByText('= 22').waitFor();
  assert.deepEqual(await tooWide(page), []);
  await shot(page, 'phone');
  await toView(page, 'Test');
  assert.deepEqual(await tooWide(page), []);
  watch.clean();
});

test('a project of 1 000 documents and 5 MB stays usable: only what is visible is in the page', async () => {
  const { page, watch } = await site.visit();
  const model = JSON.parse(readFileSync(new URL('../../tests/corpus/pricing/volume-discount.json', import.meta.url), 'utf8'));
  const text = JSON.stringify({ ...model, description: 'x'.repeat(Math.max(0, 5_000 - JSON.stringify(model).length)) });
  const buffer = Buffer.from(text);
  const files = Array.from({ length: 1_000 }, (_, index) => ({ name: `rule-${index}.json`, mimeType: 'application/json', buffer }));
  await page.getByLabel('Files to open').setInputFiles(files);
  await page.getByPlaceholder('Find in 1000 documents').waitFor();
  assert.ok((await page.locator('[role=treeitem]').count()) < 100);
  await select(page, 'rule-777.json');
  await page.locator('.grl-dg__simulator__response').getByText('wholesale volume').waitFor();
  await page.reload();
  await page.locator('.grl-dg__simulator__response').getByText('wholesale volume').waitFor();
  await page.getByPlaceholder('Find in 1000 documents').waitFor();
  watch.clean();
});
