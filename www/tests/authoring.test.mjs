// What helps authors: the input completed from a schema, and compilation's findings beside the document.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { openSample, select, shot, start, type } from './support/page.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

const graph = (nodes) => ({
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 60 } },
    ...nodes,
    { id: 'out', type: 'outputNode', name: 'Response', position: { x: 600, y: 60 } },
  ],
  edges: nodes.flatMap(({ id }) => [
    { id: `in-${id}`, type: 'edge', sourceId: 'in', targetId: id },
    { id: `${id}-out`, type: 'edge', sourceId: id, targetId: 'out' },
  ]),
});

const expression = (id, key, value) => ({
  id,
  type: 'expressionNode',
  name: `The ${id}`,
  position: { x: 300, y: 60 },
  content: { expressions: [{ id: `${id}-1`, key, value }] },
});

async function open(page, documents) {
  const files = Object.entries(documents).map(([name, value]) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(value)),
  }));
  await page.getByLabel('Files to open').setInputFiles(files);
  await inputShown(page);
}

/** The input is there, with what the page puts into it at first. */
const inputShown = (page) => page.locator('.input-panel[aria-label=Input] .view-lines').filter({ hasText: '{' }).waitFor();

const suggestions = (page) => page.locator('.suggest-widget.visible .monaco-list-row');

/** Asks for suggestions until one of them is this: the schema may still be on its way. */
async function suggested(page, label) {
  const wanted = suggestions(page).filter({ hasText: label });
  for (let tries = 0; !(await wanted.first().isVisible()); tries += 1) {
    assert.ok(tries < 120, `${label} is suggested, not only: ${(await suggestions(page).allInnerTexts()).join(' | ')}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Space');
    await wanted.first().waitFor({ timeout: 500 }).catch(() => undefined);
  }
  return wanted.first();
}

/** Takes a suggestion. */
async function accept(page, label) {
  await (await suggested(page, label)).click();
  await page.locator('.suggest-widget.visible').waitFor({ state: 'detached' });
}

/** Puts the cursor this many characters before the end, wherever typing has left it. */
async function leftOfEnd(page, characters) {
  await page.keyboard.press('ControlOrMeta+End');
  for (let left = 0; left < characters; left += 1) await page.keyboard.press('ArrowLeft');
}

/** The text of the input, as the page has it. */
const input = (page) => page.locator('.input-panel[aria-label=Input] .view-lines').innerText();

test('the input is completed from the schema of the input node: members, choices, what they mean', async () => {
  const { page, watch } = await site.visit();
  const declared = graph([expression('greeting', 'text', "'hello ' + customer.tier")]);
  const tier = { enum: ['gold', 'silver'], enumDescriptions: ['the best', 'the next'], description: 'How good a customer it is' };
  const schema = { type: 'object', properties: { customer: { type: 'object', properties: { tier } }, quantity: { type: 'number' } } };
  declared.nodes[0].content = { schema: JSON.stringify(schema) };
  // A path with characters that mean something in patterns.
  await open(page, { 'a (new) [1]*.json': declared });
  await type(page, 'Input as JSON', '{}');
  await leftOfEnd(page, 1);
  await suggested(page, 'quantity');
  await accept(page, 'customer');
  assert.match(await input(page), /"customer":\s*\{\s*\}/);
  await accept(page, 'tier');
  await suggested(page, 'silver');
  // Once more shows the details of the suggestion.
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-details').getByText(/the best|the next/).waitFor();
  await shot(page, 'completion');
  await accept(page, '"gold"');
  await page.locator('.grl-dg__simulator__response').getByText('hello gold').waitFor();
  await page.getByText('The input is not JSON').waitFor({ state: 'detached' });
  watch.clean();
});

test('what a graph without a schema reads is derived, and completed', async () => {
  const { page, watch } = await site.visit();
  await open(page, { 'plain.json': graph([expression('sum', 'total', 'basket.price * quantity')]) });
  await type(page, 'Input as JSON', '{}');
  await leftOfEnd(page, 1);
  await suggested(page, 'quantity');
  await accept(page, 'basket');
  await accept(page, 'price');
  assert.match(await input(page), /"basket":\s*\{\s*"price":/);
  watch.clean();
});

test('the input of a policy is completed from its models', async () => {
  const { page, watch } = await site.visit();
  // Its models are in a document that it imports in another spelling.
  await openSample(page, 'policy/shared/mixed-case-import.json');
  await page.getByRole('article', { name: 'Policy policy/shared/mixed-case-import.json' }).waitFor();
  await inputShown(page);
  await type(page, 'Input as JSON', '{}');
  await leftOfEnd(page, 1);
  await accept(page, 'order');
  await accept(page, 'customer');
  await accept(page, 'tier');
  await suggested(page, 'silver');
  await accept(page, '"gold"');
  assert.match(await input(page), /"order":\s*\{\s*"customer":\s*\{\s*"tier":\s*"gold"/);
  await shot(page, 'completion-policy');
  watch.clean();
});

test('the values of a dictionary are suggested, with their labels', async () => {
  const { page, watch } = await site.visit();
  const entries = [
    { id: 'a', value: 'A1', label: 'Air freight' },
    { id: 'b', value: 'B2', label: 'By lorry' },
  ];
  const properties = [{ id: 'p', name: 'way', type: 'relationship', target: 'carriage' }];
  await open(page, {
    'way.json': {
      contentType: 'application/vnd.gorules.policy',
      blocks: [
        { type: 'dictionary', id: 'd', props: { data: { name: 'carriage', entries } } },
        { type: 'dataModel', id: 'm', props: { data: { name: 'parcel', properties } } },
        { type: 'expression', id: 'e', props: { data: { key: 'parcel.fast', value: "parcel.way == 'A1'" } } },
      ],
    },
  });
  await type(page, 'Input as JSON', '{"parcel": {}}');
  await leftOfEnd(page, 2);
  await accept(page, 'way');
  await suggested(page, 'A1');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-details').getByText(/Air freight|By lorry/).waitFor();
  await accept(page, '"A1"');
  await page.getByRole('region', { name: 'Result' }).getByText('true').waitFor();
  watch.clean();
});

test('a schema that refers to a dictionary offers its values', async () => {
  const { page, watch } = await site.visit();
  const shipping = { ...graph([expression('fast', 'fast', "way == 'A1'")]), imports: ['Words.json'] };
  shipping.nodes[0].content = { schema: JSON.stringify({ type: 'object', properties: { way: { $dictionary: 'carriage' } } }) };
  const entries = [
    { id: 'a', value: 'A1', label: 'Air freight' },
    { id: 'b', value: 'B2', label: 'By lorry' },
  ];
  await open(page, {
    'shipping.json': shipping,
    'words.json': { contentType: 'application/vnd.gorules.policy', blocks: [{ type: 'dictionary', id: 'd', props: { data: { name: 'carriage', entries } } }] },
  });
  await type(page, 'Input as JSON', '{"way": }');
  await leftOfEnd(page, 1);
  await suggested(page, 'B2');
  await accept(page, '"A1"');
  await page.locator('.grl-dg__simulator__response').getByText('fast: true').waitFor();
  watch.clean();
});

test('compilation warns of an expression at its node, and says no more once it is mended', async () => {
  const { page, watch } = await site.visit();
  const broken = graph([expression('fine', 'a', '1 + 1'), expression('broken', 'b', '1 +')]);
  broken.nodes[1].position.y = 0;
  broken.nodes[2].position.y = 200;
  await open(page, { 'broken.json': broken });
  const said = page.getByRole('region', { name: 'What compilation says' });
  await said.getByText('1 warning', { exact: true }).waitFor();
  await said.getByRole('img', { name: 'warning' }).waitFor();
  await said.getByText(/expression `b`/).waitFor();
  await shot(page, 'findings');
  await said.getByRole('button', { name: 'Node broken (The broken)' }).click();
  await page.locator('.react-flow__node.selected[data-id="broken"]').waitFor();
  assert.equal(await page.locator('.react-flow__node.selected').count(), 1);
  await page.getByTestId('rf__node-broken').getByRole('button', { name: 'Edit Expression', exact: true }).click();
  await page.locator('.tab-content.active .cm-content').filter({ hasText: '1 +' }).first().click();
  await page.keyboard.press('End');
  await page.keyboard.type(' 2');
  await said.getByText('1 warning').waitFor({ state: 'detached' });
  watch.clean();
});

for (const colorScheme of ['light', 'dark']) {
  test(`findings are free of what axe finds, in ${colorScheme} colours`, async () => {
    const { page } = await site.visit({ colorScheme, bypassCSP: true });
    await open(page, { 'broken.json': graph([expression('broken', 'b', '1 +')]) });
    await page.getByRole('region', { name: 'What compilation says' }).getByText('1 warning').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot(page, `findings-${colorScheme}`);
  });
}

test('a decision that does not exist, and a called one that does not compile, are told where they are called', async () => {
  const { page, watch } = await site.visit();
  const call = (id, key) => ({ id, type: 'decisionNode', name: id, position: { x: 300, y: 60 }, content: { key } });
  const cycle = graph([expression('one', 'a', '1'), expression('two', 'b', '2')]);
  cycle.edges.push({ id: 'x', type: 'edge', sourceId: 'one', targetId: 'two' }, { id: 'y', type: 'edge', sourceId: 'two', targetId: 'one' });
  await open(page, { 'caller.json': graph([call('missing', 'nowhere.json'), call('bad', 'cycle.json')]), 'cycle.json': cycle });
  const said = page.getByRole('region', { name: 'What compilation says' });
  await said.getByText('1 error, 1 warning').waitFor();
  await said.getByText(/`nowhere\.json`, which does not exist/).waitFor();
  await said.getByText('cycle.json', { exact: true }).waitFor();
  await select(page, 'cycle.json');
  await said.getByText('1 error', { exact: true }).waitFor();
  watch.clean();
});

test('what is wrong in a policy leads to its block, and goes when it is mended', async () => {
  const { page, watch } = await site.visit();
  const policy = (value) => ({
    contentType: 'application/vnd.gorules.policy',
    blocks: [
      {
        type: 'dataModel',
        id: 'model',
        props: { data: { kind: 'entity', name: 'order', properties: [{ id: 'p', name: 'total', type: 'number' }] } },
      },
      { type: 'expression', id: 'rebate', props: { data: { key: 'order.rebate', value } } },
    ],
  });
  await open(page, { 'rebate.json': policy('order.totla * 0.1') });
  const said = page.getByRole('region', { name: 'What compilation says' });
  await said.getByText('1 error', { exact: true }).waitFor();
  await page.getByText('Edit as JSON').click();
  await page.getByRole('textbox', { name: 'The document rebate.json' }).waitFor();
  await said.getByRole('button', { name: 'Block rebate (order.rebate)' }).click();
  await page.locator('[data-block="rebate"]:focus').waitFor();
  await page.getByText('Edit as JSON').click();
  await type(page, 'The document rebate.json', JSON.stringify(policy('order.total * 0.1')));
  await said.getByText('1 error').waitFor({ state: 'detached' });
  watch.clean();
});
