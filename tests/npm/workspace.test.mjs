// Workspace: every method answers as upstream's native class does, and documents made to hang do not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Workspace, ZenError } from 'zen-edge';

const native = createRequire(import.meta.url)('@gorules/zen-engine-linux-x64-gnu');
const corpus = (path) => JSON.parse(readFileSync(new URL(`../corpus/${path}`, import.meta.url), 'utf8'));

const paths = [
  'policy/shared/order-model.json',
  'policy/shared/line-amounts.json',
  'policy/shared/customer-benefits.json',
  'policy/hr/salary-chain.json',
];
const lines = 'policy/shared/line-amounts.json';
const salary = 'policy/hr/salary-chain.json';

const node = (id, type, content) => ({ id, name: id, type, content });
const edge = (from, to) => ({ id: `${from}-${to}`, type: 'edge', sourceId: from, targetId: to });
const schema = {
  type: 'object',
  properties: { amount: { type: 'number' }, country: { type: 'string', enum: ['DE', 'RS'] } },
  required: ['amount', 'country'],
};
const graph = {
  nodes: [
    node('in', 'inputNode', { schema: JSON.stringify(schema) }),
    node('tax', 'expressionNode', {
      expressions: [
        { id: 'e1', key: 'tax', value: 'amount * 0.2' },
        { id: 'e2', key: 'label', value: 'country + 1' },
      ],
    }),
    node('fn', 'functionNode', { source: 'export const handler = async (input) => ({ doubled: input.tax * 2 });' }),
    node('out', 'outputNode', {}),
  ],
  edges: [edge('in', 'tax'), edge('tax', 'fn'), edge('fn', 'out')],
};

function filled(Class, resolve) {
  const workspace = new Class(resolve);
  for (const path of paths) workspace.setPolicy(path, corpus(path));
  workspace.setDocument('graph.json', graph);
  return workspace;
}

/** Answers without what depends on the moment, and in an order of their own where there is none. */
const comparable = (answer) =>
  JSON.parse(JSON.stringify(answer ?? null, (name, value) => (name === 'duration' || name === 'engineVersion' ? 0 : value)));

const employee = { employee: { level: 5, base: 1000, performance: 'great', years: 3 } };
const order = {
  order: {
    id: 'o1',
    placed: '2026-03-01',
    customer: { tier: 'gold', country: 'RS' },
    lines: [{ sku: 'a', qty: 3, price: 3.335, category: 'food' }],
  },
};
const inLines = { policyPath: lines, blockId: 'set-line-net', pos: 12, target: { kind: 'expression', id: 'set-line-net' } };
const inGraph = { policyPath: 'graph.json', blockId: 'tax', pos: 3, target: { kind: 'expression', id: 'e1' } };

const calls = [
  ['isGraph', 'graph.json'],
  ['isGraph', lines],
  ['isGraph', 'missing'],
  ['uncheckedNodes', 'graph.json'],
  ...[...paths, 'graph.json', 'missing'].map((path) => ['diagnostics', path]),
  ['diagnostics', 'graph.json', 1],
  ['entities', { policyPath: lines }],
  ['globals', { policyPath: lines }],
  ['dictionaries', { policyPath: lines }],
  ['inputs', { policyPath: lines }],
  ['inputs', { policyPath: salary, goals: ['employee.bonus'] }],
  ['inputs', { policyPath: 'graph.json' }],
  ['outputs', { policyPath: lines }],
  ['outputs', { policyPath: 'graph.json' }],
  ['conditionalSchema', { policyPath: salary }],
  ['inputSkeleton', { policyPath: lines }],
  ['inspect', inLines],
  ['inspect', inGraph],
  ['completions', inGraph],
  ['prepareRename', inLines],
  ['prepareRename', inGraph],
  ['rename', { target: { kind: 'field', entity: 'line', field: 'qty' }, newName: 'count' }],
  ['references', { kind: 'field', entity: 'line', field: 'qty' }],
  ['search', 'bonus', 5],
  ['dependencies', 'employee.total'],
  ['dependencies', 'label', 'graph.json'],
  ['evaluate', { policyPath: salary, input: employee }],
  ['evaluate', { policyPath: salary, input: employee, goals: ['employee.bonus'], trace: true }],
  ['evaluate', { policyPath: lines, input: order }],
  ['enhanceTrace', { policyPath: lines, input: order }],
  ['componentMembers', lines],
  ['crossComponentWriteConflicts'],
  ['functionResolutionRequests'],
];

/** What has no order upstream, in one. */
const unordered = new Set([
  'allDiagnostics', 'componentMembers', 'crossComponentWriteConflicts', 'entities', 'completions', 'references', 'rename', 'search',
]);
const sorted = (answer) =>
  Array.isArray(answer) ? answer.map((item) => JSON.stringify(item, Object.keys(flat(item)).sort())).sort() : answer;
const flat = (value, into = {}) => {
  if (value && typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      into[name] = true;
      flat(member, into);
    }
  }
  return into;
};

/**
 * What the engine does otherwise since 2.0.2, which is the native one here: a policy sees what it imports
 * and no more, dates have a type of their own, a property is shown with its type, and those of graphs can
 * be renamed. crates/eval/tests/workspace.rs says exactly how.
 */
const newer = new Set(
  [
    ['entities', { policyPath: lines }],
    ['inputs', { policyPath: lines }],
    ['outputs', { policyPath: lines }],
    ['inputSkeleton', { policyPath: lines }],
    ['inspect', inLines],
    ['prepareRename', inGraph],
  ].map((call) => JSON.stringify(call)),
);

for (const call of calls.filter((call) => !newer.has(JSON.stringify(call)))) {
  const [method, ...args] = call;
  test(`${method} answers as upstream's: ${JSON.stringify(args).slice(0, 80)}`, () => {
    const form = unordered.has(method) ? (answer) => sorted(comparable(answer)) : comparable;
    const expected = form(filled(native.Workspace)[method](...args));
    assert.deepEqual(form(filled(Workspace)[method](...args)), expected);
  });
}

test('documents are listed, replaced and removed', () => {
  using(filled(Workspace), (workspace) => {
    assert.deepEqual(workspace.paths(), [...paths, 'graph.json'].sort());
    assert.equal(workspace.removePath('graph.json'), true);
    assert.equal(workspace.removePath('graph.json'), false);
    assert.deepEqual(workspace.paths(), [...paths].sort());
    assert.throws(() => workspace.setDocument('POLICY/hr/salary-chain.json', graph), { code: 'invalid' });
    assert.throws(() => workspace.setDocument('x', { nodes: 5, edges: [] }), (error) => error instanceof ZenError && error.code === 'invalid');
    assert.throws(() => workspace.evaluate({ policyPath: 'missing', input: {} }), { code: 'policyFailed', message: "policy 'missing' not found in workspace" });
  });
});

test('blocks are updated and removed as upstream does it', () => {
  const steps = (workspace) => {
    const block = { id: 'extra', type: 'expression', props: { data: { key: 'employee.extra', value: 'employee.base + 1' } } };
    workspace.updateBlock({ policyPath: salary, block });
    const added = workspace.evaluate({ policyPath: salary, input: employee }).output;
    const removed = workspace.removeBlock({ policyPath: salary, blockId: 'extra' });
    const again = workspace.removeBlock({ policyPath: salary, blockId: 'extra' });
    return { added, removed, again, left: workspace.evaluate({ policyPath: salary, input: employee }).output };
  };
  const found = steps(filled(Workspace));
  assert.deepEqual(comparable(found), comparable(steps(filled(native.Workspace))));
  assert.equal(found.added.employee.extra, 1001);
});

test('the types of functions come from whoever knows them', () => {
  const ask = (Class) => filled(Class, () => '{ doubled: number }').outputs({ policyPath: 'graph.json' });
  assert.deepEqual(comparable(ask(Workspace)), comparable(ask(native.Workspace)));
});

test("a graph's trace is shown as upstream shows it", async () => {
  const { CompiledBundle } = await import('zen-edge');
  const bundle = CompiledBundle.compile({ 'graph.json': { ...graph, nodes: graph.nodes.map((n) => (n.id === 'tax' ? { ...n, content: { expressions: n.content.expressions.slice(0, 1) } } : n)) } });
  const { trace } = bundle.evaluateSync('graph.json', { amount: 10, country: 'RS' }, { trace: true });
  const show = (Class) => filled(Class).enhanceGraphTrace('graph.json', trace);
  assert.deepEqual(comparable(show(Workspace)), comparable(show(native.Workspace)));
});

test('a document whose types grow without end is not analysed, and others are', () => {
  using(filled(Workspace), (workspace) => {
    const rows = Array.from({ length: 40 }, (_, index) => ({ id: `r${index}`, key: `x${index + 1}`, value: `{ a: $.x${index}, b: $.x${index} }` }));
    const hostile = { nodes: [node('in', 'inputNode', {}), node('e', 'expressionNode', { expressions: rows }), node('out', 'outputNode', {})], edges: [edge('in', 'e'), edge('e', 'out')] };
    workspace.setDocument('hostile.json', hostile);
    workspace.setDocument('caller.json', { nodes: [node('in', 'inputNode', {}), node('d', 'decisionNode', { key: 'hostile.json' }), node('out', 'outputNode', {})], edges: [edge('in', 'd'), edge('d', 'out')] });
    assert.deepEqual(workspace.diagnostics('hostile.json').map((found) => found.code), ['MAX_DEPTH_EXCEEDED']);
    assert.ok(workspace.allDiagnostics().some((found) => found.policyPath === 'caller.json' && found.code === 'MAX_DEPTH_EXCEEDED'));
    assert.deepEqual(workspace.outputs({ policyPath: 'hostile.json' }), []);
    assert.ok(workspace.inputs({ policyPath: lines }).length > 0);
    // Once it is sound, it and its caller are analysed.
    workspace.setDocument('hostile.json', { ...hostile, nodes: hostile.nodes.map((n) => (n.id === 'e' ? node('e', 'expressionNode', { expressions: [{ id: 'r', key: 'x', value: '1' }] }) : n)) });
    assert.ok(!workspace.allDiagnostics(0).some((found) => found.code === 'MAX_DEPTH_EXCEEDED'));
    assert.equal(workspace.outputs({ policyPath: 'hostile.json' })[0].path, 'x');
  });
});

test('a module that was brought is there for whoever awaits it', async () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { Workspace, initializeWorkspace, initializeWorkspaceSync } from 'zen-edge/slim';
    const code = await initializeWorkspace().catch((error) => error.code);
    initializeWorkspaceSync(readFileSync(process.argv[1]));
    await initializeWorkspace();
    console.log(code, new Workspace().paths().length);`;
  const module = fileURLToPath(import.meta.resolve('zen-edge/zen_edge_workspace.wasm'));
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, module], { cwd: import.meta.dirname });
  assert.equal(stdout, 'invalid 0\n');
});

function using(workspace, work) {
  try {
    work(workspace);
  } finally {
    workspace.dispose();
  }
}
