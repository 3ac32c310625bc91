// Policies with their trace; test cases: run, compared, counted, added, imported, exported.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSample, shot, start, toView, type } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

test('a policy is readable, and shows what each block did', async () => {
  const { page, watch } = await site.visit();
  await openSample(page, 'policy/pricing/loyalty-collect.json');
  const table = page.locator('[data-block="perks"]');
  await table.locator('tr.taken').nth(2).waitFor();
  await page.locator('[data-block="set-member-score"]').getByText('= 22').waitFor();
  await type(page, 'Input as JSON', '{"member": {"miles": 10, "years": 6}}');
  await page.locator('[data-block="set-member-score"]').getByText('= 6').waitFor();
  assert.equal(await table.locator('tr.taken').count(), 1);
  await shot(page, 'policy');
  watch.clean();
});

test('all cases of the project run, and pass; coverage is counted', async () => {
  const { page, watch } = await site.visit();
  await openSample(page);
  await toView(page, 'Test');
  await page.getByRole('button', { name: /^Run all \d+ cases$/ }).click();
  await page.getByText(/^(\d+) passed, 0 failed, of \1$/).waitFor();
  await page.getByRole('progressbar', { name: 'Cases that were run' }).waitFor();
  const [, total] = /of (\d+)/.exec(await page.locator('.view [aria-live]').innerText()) ?? [];
  assert.ok(Number(total) > 50);
  await page.getByRole('heading', { name: 'Coverage' }).scrollIntoViewIfNeeded();
  await shot(page, 'tests');
  watch.clean();
});

/** A table with two rows, of which its case reaches one and expects what is not so. */
const shop = {
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 60 } },
    {
      id: 'rate',
      type: 'decisionTableNode',
      name: 'Rate',
      position: { x: 300, y: 60 },
      content: {
        hitPolicy: 'first',
        inputs: [{ id: 'i', name: 'Total', field: 'total' }],
        outputs: [{ id: 'o', name: 'Rate', field: 'rate' }],
        rules: [
          { _id: 'r1', _description: 'large orders', i: '> 100', o: '10' },
          { _id: 'r2', i: '', o: '0' },
        ],
      },
    },
    { id: 'out', type: 'outputNode', name: 'Response', position: { x: 600, y: 60 } },
  ],
  edges: [
    { id: 'a', type: 'edge', sourceId: 'in', targetId: 'rate' },
    { id: 'b', type: 'edge', sourceId: 'rate', targetId: 'out' },
  ],
  tests: [
    { name: 'small', input: { total: 5 }, output: { rate: 0 } },
    { name: 'wrong', input: { total: 7 }, output: { rate: 1 } },
  ],
};

const shopFile = { name: 'shop.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(shop)) };

async function openShop(page) {
  await page.getByLabel('Files to open').setInputFiles(shopFile);
  await page.locator('.grl-dg__simulator__response').getByText('rate: 0').waitFor();
}

test('a failure shows where the answer differs, and rows that no case reaches are named on the graph', async () => {
  const { page, watch } = await site.visit();
  await openShop(page);
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 2 cases' }).click();
  await page.getByText('1 passed, 1 failed, of 2').waitFor();
  await page.getByRole('row', { name: /wrong/ }).getByRole('button', { name: 'Expand row' }).click();
  const difference = page.getByRole('row', { name: /^rate/ });
  assert.equal(await difference.locator('ins').innerText(), '1');
  assert.equal(await difference.locator('del').innerText(), '0');
  await page.getByRole('row').filter({ hasText: /shop\.json.*3\/3.*1\/2/ }).getByRole('button', { name: 'Expand row' }).click();
  await page.getByText('Rate: large orders').waitFor();
  await shot(page, 'difference');
  await toView(page, 'Simulate');
  const node = page.locator('.react-flow__node[data-id="rate"]');
  await node.waitFor();
  const label = () => node.evaluate((element) => getComputedStyle(element, '::after').content);
  assert.equal(await label(), '"2 cases, 1/2 rows"');
  await shot(page, 'coverage');
  watch.clean();
});

/** A graph that answers with its input. @returns {any} */
const echo = (tests) => ({
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 0 } },
    { id: 'out', type: 'outputNode', name: 'Response', position: { x: 300, y: 0 } },
  ],
  edges: [{ id: 'a', type: 'edge', sourceId: 'in', targetId: 'out' }],
  tests,
});

test('the verdict is the engine’s: numbers are compared as decimals, to digits that JavaScript has not', async () => {
  const { page, watch } = await site.visit();
  // Written by hand: JavaScript itself would not keep these digits.
  const cases = [
    '{"name": "same", "input": {"a": 1.50, "b": 0.1234567890123456789}, "output": {"a": 1.5, "b": 0.1234567890123456789}}',
    '{"name": "nearly", "input": {"b": 0.1234567890123456789}, "output": {"b": 0.1234567890123456788}}',
    '{"name": "other", "input": {"b": 2}, "output": {"b": 3}}',
  ];
  const text = JSON.stringify(echo('CASES')).replace('"CASES"', `[${cases.join(',')}]`);
  await page.getByLabel('Files to open').setInputFiles({ name: 'echo.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 3 cases' }).click();
  await page.getByText('1 passed, 2 failed, of 3').waitFor();
  await page.getByRole('row', { name: /failed.*nearly/ }).getByText(/differ at \/b: 0\.1234567890123456788, 0\.1234567890123456789/).waitFor();
  await page.getByRole('row', { name: /passed.*same/ }).waitFor();
  const [json] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export JSON' }).click()]);
  assert.match(readFileSync(await json.path(), 'utf8'), /"b": 0\.1234567890123456788/);
  await page.getByRole('button', { name: 'nearly' }).click();
  await page.locator('.input-panel .view-lines').getByText('0.1234567890123456789').waitFor();
  watch.clean();
});

test('a clock that is no time fails its cases, and says so', async () => {
  const { page, watch } = await site.visit();
  const buffer = Buffer.from(JSON.stringify({ ...echo([{ name: 'late', input: {}, output: {} }]), now: 'tomorrow' }));
  await page.getByLabel('Files to open').setInputFiles({ name: 'echo.json', mimeType: 'application/json', buffer });
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 1 cases' }).click();
  await page.getByText('its clock, `tomorrow`, is not a time such as 2026-03-15T09:30:00Z').waitFor();
  watch.clean();
});

test('cases of a decision that waits are judged as well', async () => {
  const { page, watch } = await site.visit();
  const waits = echo([
    { name: 'right', input: { a: 1 }, output: { b: 1 } },
    { name: 'wrong', input: { a: 2 }, output: { b: 1 } },
  ]);
  const source = 'export const handler = async (input) => { await console.sleep(5); return { b: input.a }; };';
  waits.nodes.push({ id: 'fn', type: 'functionNode', name: 'Waits', position: { x: 150, y: 0 }, content: { source } });
  waits.edges = [
    { id: 'a', type: 'edge', sourceId: 'in', targetId: 'fn' },
    { id: 'b', type: 'edge', sourceId: 'fn', targetId: 'out' },
  ];
  const buffer = Buffer.from(JSON.stringify(waits));
  await page.getByLabel('Files to open').setInputFiles({ name: 'waits.json', mimeType: 'application/json', buffer });
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 2 cases' }).click();
  await page.getByText('1 passed, 1 failed, of 2').waitFor();
  await page.getByRole('row', { name: /failed.*wrong/ }).waitFor();
  watch.clean();
});

test('the input is kept as a case, with its answer as what is expected', async () => {
  const { page, watch } = await site.visit();
  await openShop(page);
  await type(page, 'Input as JSON', '{"total": 500}');
  await page.locator('.grl-dg__simulator__response').getByText('rate: 10').waitFor();
  await page.getByRole('button', { name: 'Add the input as a test case' }).click();
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 3 cases' }).click();
  await page.getByText('2 passed, 1 failed, of 3').waitFor();
  await page.getByRole('row').filter({ hasText: /shop\.json.*3\/3.*2\/2/ }).waitFor();
  watch.clean();
});

const importing = async (page, name, text) => {
  await page.locator('.view input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
};

test('cases are imported from CSV and JSON, and results are exported', async () => {
  const { page, watch } = await site.visit();
  await openShop(page);
  await toView(page, 'Test');
  await importing(page, 'cases.csv', 'name,total,output.rate\r\n"big, bigger",101,10\r\n=1+1,1,0\r\n');
  await page.getByText('2 cases were added to shop.json').waitFor();
  await importing(page, 'cases.json', JSON.stringify([{ name: 'from JSON', input: { total: 3 }, output: { rate: 0 } }]));
  await page.getByText('1 cases were added').waitFor();
  await importing(page, 'cases.json', '{"no": "cases"}');
  await page.getByText(/Nothing was imported: .*no `tests`/).waitFor();
  await page.getByRole('button', { name: 'Run all 5 cases' }).click();
  await page.getByText('4 passed, 1 failed, of 5').waitFor();
  const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()]);
  const lines = readFileSync(await csv.path(), 'utf8').split('\r\n');
  assert.equal(lines.length, 6);
  assert.ok(lines.some((line) => line.includes('"big, bigger",passed')));
  assert.ok(lines.some((line) => line.includes("'=1+1")));
  const [json] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export JSON' }).click()]);
  const results = JSON.parse(readFileSync(await json.path(), 'utf8'));
  assert.equal(results.filter(({ passed }) => passed).length, 4);
  watch.clean();
});
