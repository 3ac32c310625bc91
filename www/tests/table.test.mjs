// The rows of a decision table that is open in GoRules' editor: what the input takes, what test cases take.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { shot, start, toView, type } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

/** A graph of one table, with as many rows as asked for: row `n` answers `n` to the input `n`. */
function tableGraph(rows, content = {}, tests = []) {
  const rules = Array.from({ length: rows }, (_, index) => ({ _id: `r${index + 1}`, i: `${index + 1}`, o: `${index + 1}` }));
  const inputs = [{ id: 'i', name: 'Number', field: 'n' }];
  const outputs = [{ id: 'o', name: 'Answer', field: 'answer' }];
  const table = { hitPolicy: 'first', inputs, outputs, rules, ...content };
  return {
    contentType: 'application/vnd.gorules.decision',
    nodes: [
      { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 60 } },
      { id: 'table', type: 'decisionTableNode', name: 'Table', position: { x: 300, y: 60 }, content: table },
      { id: 'out', type: 'outputNode', name: 'Response', position: { x: 600, y: 60 } },
    ],
    edges: [
      { id: 'a', type: 'edge', sourceId: 'in', targetId: 'table' },
      { id: 'b', type: 'edge', sourceId: 'table', targetId: 'out' },
    ],
    tests,
  };
}

async function open(page, graph) {
  const buffer = Buffer.from(JSON.stringify(graph));
  await page.getByLabel('Files to open').setInputFiles({ name: 'table.json', mimeType: 'application/json', buffer });
}

const openTable = (page) => page.getByRole('button', { name: 'Edit Table', exact: true }).click();

/** A row of the open table by its number, as the editor writes it. */
const row = (page, number) => page.locator(`.tab-content.active .table-row[data-virtual-index="${number - 1}"]`);

/** What stands before and after the number of a row. */
const marks = (page, number) =>
  row(page, number)
    .locator('.sort-handler .text')
    .evaluate((element) => ['::before', '::after'].map((which) => getComputedStyle(element, which).content.replace(/^none$|^normal$/, '')));

test('the row that the input takes is marked in the open table, and follows the input', async () => {
  const { page, watch } = await site.visit();
  await open(page, tableGraph(3));
  await type(page, 'Input as JSON', '{"n": 2}');
  await page.locator('.grl-dg__simulator__response').getByText('answer: 2').waitFor();
  await openTable(page);
  await page.locator('.tab-content.active .table-row.active[data-virtual-index="1"]').waitFor();
  assert.match((await marks(page, 2))[0], /^"▶" \/ "this input takes it"/);
  assert.deepEqual(await marks(page, 1), ['', '']);
  await page.getByRole('status').getByText('This input takes row 2').waitFor();
  await type(page, 'Input as JSON', '{"n": 3}');
  await page.getByRole('status').getByText('This input takes row 3').waitFor();
  await page.locator('.tab-content.active .table-row.active[data-virtual-index="2"]').waitFor();
  assert.deepEqual(await marks(page, 2), ['', '']);
  await shot(page, 'table-hit');
  watch.clean();
});

test('every row that a collecting table takes is marked', async () => {
  const { page, watch } = await site.visit();
  const graph = tableGraph(3, { hitPolicy: 'collect' });
  const [first] = graph.nodes[1].content?.rules ?? [];
  first.i = '> 1';
  await open(page, graph);
  await type(page, 'Input as JSON', '{"n": 3}');
  await page.locator('.grl-dg__simulator__response').getByText('answer: 3').waitFor();
  await openTable(page);
  await page.getByRole('status').getByText('This input takes rows 1, 3').waitFor();
  assert.match((await marks(page, 1))[0], /▶/);
  assert.match((await marks(page, 3))[0], /▶/);
  watch.clean();
});

for (const colorScheme of ['light', 'dark']) {
  test(`after a test run the open table shows how often each row was taken, in ${colorScheme} colours`, async () => {
    const { page, watch } = await site.visit({ colorScheme, bypassCSP: true });
    const cases = [1, 1, 3].map((n) => ({ input: { n }, output: { answer: n } }));
    await open(page, tableGraph(3, {}, cases));
    await toView(page, 'Test');
    await page.getByRole('button', { name: 'Run all 3 cases' }).click();
    await page.getByText('3 passed, 0 failed, of 3').waitFor();
    await toView(page, 'Simulate');
    await openTable(page);
    await page.getByRole('status').getByText('Test cases take 2 of 3 rows, never row 2').waitFor();
    assert.match((await marks(page, 1))[1], /^"✓ 2×" \/ "test cases take it 2 times"/);
    assert.match((await marks(page, 2))[1], /^"✗ 0×" \/ "no test case takes it"/);
    assert.match((await marks(page, 3))[1], /^"✓ 1×" \/ "test cases take it once"/);
    assert.deepEqual(await violations(page, '.rows-taken'), []);
    await shot(page, `table-coverage-${colorScheme}`);
    watch.clean();
  });
}

test('of a row that was edited after the run nothing is said', async () => {
  const { page, watch } = await site.visit();
  await open(page, tableGraph(2, {}, [{ input: { n: 1 }, output: { answer: 1 } }]));
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 1 cases' }).click();
  await page.getByText('1 passed, 0 failed, of 1').waitFor();
  await toView(page, 'Simulate');
  await openTable(page);
  await page.getByRole('status').getByText('Test cases take 1 of 2 rows, never row 2').waitFor();
  await row(page, 2).locator('.cell-wrapper').first().click();
  await page.keyboard.press('End');
  await page.keyboard.type('7');
  await page.getByRole('status').getByText('Test cases take 1 of 1 rows').waitFor();
  assert.deepEqual((await marks(page, 2))[1], '');
  watch.clean();
});

test('marks stay on their rows while a long table scrolls', async () => {
  const { page, watch } = await site.visit();
  const cases = [2, 900].map((n) => ({ input: { n }, output: { answer: n } }));
  await open(page, tableGraph(1_000, {}, cases));
  await toView(page, 'Test');
  await page.getByRole('button', { name: 'Run all 2 cases' }).click();
  await page.getByText('2 passed, 0 failed, of 2').waitFor();
  await toView(page, 'Simulate');
  await openTable(page);
  await row(page, 2).waitFor();
  assert.ok((await page.locator('.tab-content.active .table-row').count()) < 100, 'only visible rows are in the page');
  assert.match((await marks(page, 2))[1], /✓ 1×/);
  const box = page.locator('.tab-content.active .grl-dt__container');
  for (let tries = 0; (await row(page, 900).count()) === 0; tries += 1) {
    assert.ok(tries < 50, 'row 900 is reached');
    await box.evaluate((element) => element.scrollTo(0, (element.scrollHeight * 899) / 1_000 - element.clientHeight / 2));
    await page.waitForTimeout(50);
  }
  await row(page, 900).getByText('900', { exact: true }).first().waitFor();
  assert.match((await marks(page, 900))[1], /✓ 1×/);
  assert.match((await marks(page, 899))[1], /✗ 0×/);
  await shot(page, 'table-scrolled');
  watch.clean();
});

test('each of two open tables has its own marks, and the graph has none', async () => {
  const { page, watch } = await site.visit();
  const graph = tableGraph(3);
  const [, other] = tableGraph(0, { rules: [{ _id: 'only', i: '', o: '1' }] }).nodes;
  graph.nodes.push({ ...other, id: 'other', name: 'Other', position: { x: 300, y: 260 } });
  graph.edges.push({ id: 'c', type: 'edge', sourceId: 'in', targetId: 'other' }, { id: 'd', type: 'edge', sourceId: 'other', targetId: 'out' });
  await open(page, graph);
  await type(page, 'Input as JSON', '{"n": 3}');
  await page.getByTestId('rf__node-other').getByRole('button', { name: 'Edit Table' }).click();
  await page.getByRole('status').getByText('This input takes row 1').waitFor();
  assert.match((await marks(page, 1))[0], /▶/);
  await page.getByRole('tab', { name: 'Graph' }).click();
  await page.getByRole('status').getByText(/takes/).waitFor({ state: 'detached' });
  await page.getByTestId('rf__node-table').getByRole('button', { name: 'Edit Table' }).click();
  await page.getByRole('status').getByText('This input takes row 3').waitFor();
  assert.deepEqual(await marks(page, 1), ['', '']);
  watch.clean();
});
