// Opening documents and simulating them.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSample, select, shot, start, type } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

test('the sample runs, its trace is on the nodes, and no request leaves the origin', async () => {
  const { page, watch } = await site.visit();
  await page.getByText(/ZEN engine \d/).waitFor();
  await shot(page, 'welcome');
  await openSample(page, 'pricing/volume-discount.json');
  const output = page.locator('.grl-dg__simulator__response');
  await output.getByText('wholesale volume').waitFor();
  await page.locator('.grl-dg__simulator__nodes-list__node', { hasText: 'Volume discount' }).getByText(/[µm]s$/).waitFor();
  await shot(page, 'graph');
  watch.clean();
});

test('a change of the input runs, unless the user wants to run by hand', async () => {
  const { page, watch } = await site.visit();
  await openSample(page, 'pricing/volume-discount.json');
  const output = page.locator('.grl-dg__simulator__response');
  await output.getByText('wholesale volume').waitFor();
  await type(page, 'Input as JSON', '{"quantity": 2, "unitPrice": 5, "customer": {"tier": "retail"}}');
  await output.getByText('gross: 10,').waitFor();
  await page.getByRole('checkbox', { name: 'on change' }).uncheck();
  await type(page, 'Input as JSON', '{"quantity": 3, "unitPrice": 5, "customer": {"tier": "retail"}}');
  await page.getByRole('button', { name: 'Run' }).click();
  await output.getByText('gross: 15,').waitFor();
  await type(page, 'Input as JSON', '{"quantity": ');
  await page.getByText('The input is not JSON').waitFor();
  watch.clean();
});

/** A graph of one function between input and output. */
const functionGraph = (source) => ({
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 0 } },
    { id: 'fn', type: 'functionNode', name: 'Function', position: { x: 300, y: 0 }, content: { source } },
    { id: 'out', type: 'outputNode', name: 'Response', position: { x: 600, y: 0 } },
  ],
  edges: [
    { id: 'a', type: 'edge', sourceId: 'in', targetId: 'fn' },
    { id: 'b', type: 'edge', sourceId: 'fn', targetId: 'out' },
  ],
});

const file = (name, value) => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
});

test('a failure is pointed at its node, and the nodes before it keep their trace', async () => {
  const { page, watch } = await site.visit();
  const source = 'export const handler = async () => { throw new Error("out of stock"); };';
  await page.getByLabel('Files to open').setInputFiles(file('fails.json', functionGraph(source)));
  const alert = page.getByRole('alert').filter({ hasText: 'out of stock' });
  await alert.getByText('Node fn').waitFor();
  await page.locator('.react-flow__node[data-id="fn"] .error, .react-flow__node[data-id="fn"] [class*="error"]').first().waitFor();
  await page.locator('.react-flow__node[data-id="in"] [class*="success"]').first().waitFor();
  await shot(page, 'failure');
  watch.clean();
});

test('what a function logs is shown in the trace', async () => {
  const { page, watch } = await site.visit();
  const source = 'export const handler = async (input) => { console.log("seen", input.a); return { b: input.a + 1 }; };';
  await page.getByLabel('Files to open').setInputFiles(file('logs.json', functionGraph(source)));
  const output = page.locator('.grl-dg__simulator__response');
  await type(page, 'Input as JSON', '{"a": 41}');
  await output.getByText('b: 42').waitFor();
  await page.locator('.grl-dg__simulator__nodes-list__node', { hasText: 'Function' }).click();
  await page.getByRole('tab', { name: 'Trace' }).click();
  await output.getByText('seen').waitFor();
  watch.clean();
});

test('a function without end is stopped, and the page goes on', async () => {
  const { page, watch } = await site.visit();
  const source = 'export const handler = async () => { for (;;) {} };';
  await page.getByLabel('Files to open').setInputFiles(file('endless.json', functionGraph(source)));
  await page.getByRole('alert').filter({ hasText: /stopped|limit|steps/ }).waitFor();
  await page.getByLabel('Files to open').setInputFiles(file('fine.json', functionGraph('export const handler = async () => ({ fine: true });')));
  await page.locator('.grl-dg__simulator__response').getByText('fine: true').waitFor();
  watch.clean();
});

test('a folder is opened as a project, hidden files left out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-www-'));
  try {
    mkdirSync(join(folder, 'rules/deep'), { recursive: true });
    mkdirSync(join(folder, '.config'));
    writeFileSync(join(folder, '.config/project.json'), '{}');
    writeFileSync(join(folder, 'rules/deep/one.json'), JSON.stringify(functionGraph('export const handler = async () => ({ one: 1 });')));
    writeFileSync(join(folder, 'rules/notes.txt'), 'not rules');
    const { page, watch } = await site.visit();
    await page.getByLabel('Folder to open').setInputFiles(folder);
    await page.locator('.grl-dg__simulator__response').getByText('one: 1').waitFor();
    await page.getByPlaceholder('Find in 2 documents').waitFor();
    await select(page, 'notes.txt');
    await page.getByText('This document cannot be read').waitFor();
    watch.clean();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('files that are dropped are opened', async () => {
  const { page, watch } = await site.visit();
  await page.getByText(/ZEN engine \d/).waitFor();
  const transfer = await page.evaluateHandle((text) => {
    const made = new DataTransfer();
    made.items.add(new File([text], 'dropped.json', { type: 'application/json' }));
    return made;
  }, JSON.stringify(functionGraph('export const handler = async () => ({ dropped: true });')));
  await page.locator('.page').dispatchEvent('drop', { dataTransfer: transfer });
  await page.locator('.grl-dg__simulator__response').getByText('dropped: true').waitFor();
  watch.clean();
});

test('a reload keeps the project, the selection, the edits and the input', async () => {
  const { page, watch } = await site.visit();
  await openSample(page, 'pricing/volume-discount.json');
  await type(page, 'Input as JSON', '{"quantity": 2, "unitPrice": 8, "customer": {"tier": "retail"}}');
  const output = page.locator('.grl-dg__simulator__response');
  await output.getByText('gross: 16,').waitFor();
  await page.reload();
  await output.getByText('gross: 16,').waitFor();
  watch.clean();
});

test('documents that are hostile or broken show an error and nothing else', async () => {
  const { page, watch } = await site.visit();
  const deep = `{"nodes": ${'['.repeat(50_000)}${']'.repeat(50_000)}, "edges": []}`;
  const markup = '<img src=x onerror="document.title=1">';
  const strange = functionGraph('export const handler = async () => ({ ok: 1 });');
  strange.nodes[1].name = markup;
  await page.getByLabel('Files to open').setInputFiles([
    file('a-deep.json', deep),
    file('b-nodes.json', { nodes: [null, 7, { id: {} }], edges: 'none' }),
    file('c-truncated.json', '{"nodes": ['),
    file('d-markup.json', strange),
  ]);
  await page.getByText('This graph cannot be drawn').waitFor();
  await select(page, 'b-nodes.json');
  await page.getByText('This graph cannot be drawn').waitFor();
  await select(page, 'c-truncated.json');
  await page.getByText('This document cannot be read').waitFor();
  await select(page, 'd-markup.json');
  await page.locator('.grl-dg__simulator__response').getByText('ok: 1').waitFor();
  assert.equal(await page.title(), 'zen-edge simulator');
  assert.deepEqual(watch.foreign, []);
});
