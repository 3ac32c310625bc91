// Two releases side by side, and decisions over a range of inputs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shot, start, toView } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

const expressions = (pairs, tests) => ({
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 0 } },
    {
      id: 'e',
      type: 'expressionNode',
      name: 'Sums',
      position: { x: 300, y: 0 },
      content: { expressions: Object.entries(pairs).map(([key, value]) => ({ id: key, key, value })) },
    },
    { id: 'out', type: 'outputNode', name: 'Response', position: { x: 600, y: 0 } },
  ],
  edges: [
    { id: 'a', type: 'edge', sourceId: 'in', targetId: 'e' },
    { id: 'b', type: 'edge', sourceId: 'e', targetId: 'out' },
  ],
  tests,
});

const file = (name, value) => ({ name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(value)) });
const tests = [
  { name: 'two', input: { a: 2, b: 3 } },
  { name: 'nothing', input: { a: 0, b: 3 } },
];

test('changed documents are listed, and answers that differ are counted and shown', async () => {
  const { page, watch } = await site.visit();
  await page.getByLabel('Files to open').setInputFiles([
    file('price.json', expressions({ price: 'a * b' }, tests)),
    file('same.json', expressions({ twice: 'a * 2' }, tests)),
    file('new.json', expressions({ one: '1' }, [])),
  ]);
  await toView(page, 'Compare');
  await page.getByLabel('Release to compare with').setInputFiles([
    file('price.json', expressions({ price: 'a * b * 2' }, tests)),
    file('same.json', expressions({ twice: 'a * 2' }, tests)),
    file('old.json', expressions({ one: '1' }, [])),
  ]);
  await page.getByText(/3 documents differ/).waitFor();
  await page.getByRole('row', { name: 'price.json changed' }).waitFor();
  await page.getByRole('row', { name: 'new.json added' }).waitFor();
  await page.getByRole('row', { name: 'old.json removed' }).waitFor();
  await page.getByRole('button', { name: 'Run all inputs on both' }).click();
  await page.getByText('1 of 4 answers differ').waitFor();
  await page.getByRole('row').filter({ hasText: '1/2' }).getByRole('button', { name: 'Expand row' }).click();
  const line = page.getByRole('row', { name: /^price 12 6$/ });
  assert.equal(await line.locator('ins').innerText(), '12');
  assert.equal(await line.locator('del').innerText(), '6');
  await shot(page, 'compare');
  watch.clean();
});

async function vary(page, path) {
  await page.getByRole('combobox', { name: 'Inputs to vary' }).click();
  await page.locator('.ant-select-dropdown:visible').getByTitle(path, { exact: true }).click();
  await page.keyboard.press('Escape');
}

test('one input is varied as a line, two as a heat map', async () => {
  const { page, watch } = await site.visit();
  await page.getByLabel('Files to open').setInputFiles(file('price.json', expressions({ price: 'a * b' }, tests)));
  await page.locator('.grl-dg__simulator__response').getByText('price: 6').waitFor();
  await toView(page, 'What if');
  await vary(page, 'a');
  await page.getByRole('button', { name: 'Evaluate 11 points' }).click();
  await page.getByRole('img', { name: 'Chart of price' }).locator('canvas').waitFor();
  await page.getByRole('row', { name: '4 12', exact: true }).waitFor();
  await shot(page, 'what-if-line');
  await vary(page, 'b');
  await page.getByRole('button', { name: 'Evaluate 121 points' }).click();
  await page.getByRole('columnheader', { name: 'a ↓ b →' }).waitFor();
  const last = page.locator('.heat tbody tr').last().locator('td').last();
  assert.equal(await last.innerText(), '24');
  await shot(page, 'what-if-map');
  watch.clean();
});
