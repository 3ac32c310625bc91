// The package's API in Node.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompiledBundle,
  CompiledContent,
  ZenError,
  engineVersion,
  evaluateExpression,
  evaluateExpressionSync,
  evaluateUnaryExpressionSync,
  renderTemplateSync,
  version,
} from 'zen-edge';
import { fixtures } from '../bench/fixtures.mjs';
import { expressions, functionV2, graph } from './documents.mjs';

const pricing = expressions({ total: 'price * quantity', note: '"for " + customer' });
const order = { price: 2.5, quantity: 4, customer: 'Ada' };

test('a decision is evaluated from objects, text and bytes alike', async () => {
  const forms = (json) => [json, JSON.stringify(json), new TextEncoder().encode(JSON.stringify(json))];
  for (const document of forms(pricing)) {
    const bundle = CompiledBundle.compile({ 'pricing.json': document });
    for (const context of forms(order)) {
      const expected = { total: 10, note: 'for Ada' };
      assert.deepEqual(bundle.evaluateSync('pricing.json', context).result, expected);
      assert.deepEqual((await bundle.evaluate('pricing.json', context)).result, expected);
    }
  }
});

test('keys are shown as written and found in any case', () => {
  const bundle = CompiledBundle.compile(new Map([['First Level/Pricing', pricing]]));
  assert.deepEqual(bundle.keys(), ['First Level/Pricing']);
  assert.equal(bundle.evaluateSync('first level/PRICING', order).result.total, 10);
});

test('a trace comes in every form', () => {
  const bundle = CompiledBundle.compile({ d: pricing });
  const trace = (kind) => bundle.evaluateSync('d', order, { trace: kind }).trace;
  assert.equal(trace(false), undefined);
  assert.equal(trace('none'), undefined);
  assert.deepEqual(Object.keys(trace(true)), ['in', 'node', 'out']);
  assert.equal(trace('default').node.output.total, 10);
  assert.equal(JSON.parse(trace('string')).node.output.total, 10);
  assert.equal(typeof trace('reference'), 'object');
  assert.deepEqual(Object.keys(JSON.parse(trace('referenceString'))).sort(), Object.keys(trace('reference')).sort());
});

/** What a trace shows, without times. */
const untimed = (trace) => JSON.parse(JSON.stringify(trace, (name, value) => (name === 'performance' ? undefined : value)));

test('a large value that a trace shows several times is one object there, and none of it is in the result', async () => {
  const bundle = CompiledBundle.compile({ d: expressions({ all: 'records', first: 'records[0]' }) });
  const record = '{"__proto__":{"toString":1},"constructor":null,"owner":"Zoë","note":"€ — 🦀","0":[-0,1e20,12345678901234567890.5]}';
  const records = `[${Array(50).fill(record)}]`;
  const context = `{"records":${records},"__proto__":${records},"[]":[["records"],null]}`;
  const written = untimed(JSON.parse(bundle.evaluateSync('d', context, { trace: 'string' }).trace));
  for (const { trace, result } of [
    bundle.evaluateSync('d', context, { trace: true }),
    await bundle.evaluate('d', context, { trace: 'default' }),
  ]) {
    assert.deepEqual(untimed(trace), written);
    assert.equal(trace.in.output.records.length, 50);
    assert.ok(Object.hasOwn(trace.in.output, '__proto__'));
    for (const shown of [trace.in.output, trace.node.input]) assert.equal(Object.getPrototypeOf(shown), Object.prototype);
    assert.equal(trace.in.output, trace.node.input);
    result.all[0].owner = 'changed';
    assert.deepEqual(untimed(trace), written);
  }
});

test('traces of documents of every kind are the ones that come as text', async () => {
  for (const { name, documents, key, context } of fixtures) {
    const bundle = CompiledBundle.compile(documents);
    const written = JSON.parse((await bundle.evaluate(key, context, { trace: 'string' })).trace);
    assert.deepEqual(untimed((await bundle.evaluate(key, context, { trace: true })).trace), untimed(written), name);
    bundle.dispose();
  }
});

test('contexts of every length and alphabet arrive as they are', () => {
  const bundle = CompiledBundle.compile({ d: expressions({ same: 'text' }) });
  for (const characters of ['a', 'µ', '€', '🦀', 'a🦀€']) {
    for (const length of [0, 1, 1000, 1400, 5000, 200_000]) {
      const text = characters.repeat(length);
      assert.equal(bundle.evaluateSync('d', { text }).result.same, text);
    }
  }
  assert.equal(bundle.evaluateSync('d', '{"text":"half of a pair: \ud83e"}').result.same, 'half of a pair: \ufffd');
});

test('what runs while a context is handed over may evaluate', () => {
  const bundle = CompiledBundle.compile({ d: expressions({ same: 'text' }) });
  const now = { valueOf: () => Number(bundle.evaluateSync('d', { text: '1000' }).result.same) };
  assert.equal(bundle.evaluateSync('d', { text: 'outer' }, { now }).result.same, 'outer');
});

test('an error is an Error with code, node and trace', async () => {
  const bundle = CompiledBundle.compile({ d: functionV2("throw new Error('no stock')") });
  const check = (error) => {
    assert.ok(error instanceof ZenError && error instanceof Error);
    assert.equal(error.code, 'nodeFailed');
    assert.equal(error.nodeId, 'node');
    assert.match(error.message, /no stock/);
    assert.equal(error.error.type, 'NodeError');
    assert.ok(error.trace.in);
    assert.equal(JSON.parse(JSON.stringify(error)).code, 'nodeFailed');
    return true;
  };
  assert.throws(() => bundle.evaluateSync('d', {}, { trace: true }), check);
  await assert.rejects(bundle.evaluate('d', {}, { trace: true }), check);
});

test('each mistake has its code', () => {
  const bundle = CompiledBundle.compile({ d: pricing });
  const code = (call) => {
    try {
      call();
    } catch (error) {
      return error.code;
    }
  };
  assert.equal(code(() => bundle.evaluateSync('nowhere', {})), 'notFound');
  assert.equal(code(() => bundle.evaluateSync('d', '{')), 'invalid');
  assert.equal(code(() => bundle.evaluateSync('d', {}, { trace: 'loud' })), 'invalid');
  assert.equal(code(() => bundle.evaluateSync('d', {}, { trace: 'shared' })), 'invalid');
  assert.equal(code(() => bundle.evaluateSync('d', {}, { maxDepth: 200 })), 'limitExceeded');
  assert.equal(code(() => CompiledBundle.compile({ d: '{"nodes":' })), 'notCompiled');
  assert.equal(code(() => CompiledBundle.compile({ d: pricing }, { limits: { nods: 1 } })), 'invalid');
  assert.equal(code(() => evaluateExpressionSync('1 +')), 'expressionFailed');
});

test('documents that fail are named, and the others work if so asked', () => {
  const documents = { good: pricing, bad: { nodes: [], edges: [] } };
  assert.throws(() => CompiledBundle.compile(documents), (error) => {
    assert.deepEqual(error.error.failures.map(({ key }) => key), ['bad']);
    return error.code === 'notCompiled';
  });
  const bundle = CompiledBundle.compile(documents, { onFailure: 'exclude' });
  assert.deepEqual(bundle.keys(), ['good']);
  assert.equal(bundle.report.failures[0].kind, 'graph');
  assert.throws(() => bundle.evaluateSync('bad', {}), { code: 'notCompiled' });
  assert.equal(bundle.evaluateSync('good', order).result.total, 10);
});

test('a custom node is answered at once or by a promise', async () => {
  const document = graph('customNode', { kind: 'greeter', config: { deep: { text: 'Dear {{ name }}' } } });
  const answer = (request) => ({
    output: { text: request.getField('deep.text'), raw: request.getFieldRaw('deep.text'), none: request.getField('x') ?? null },
    traceData: { kind: request.node.kind },
  });
  const atOnce = CompiledBundle.compile({ d: document }, { customHandler: answer });
  const expected = { text: 'Dear Ada', raw: 'Dear {{ name }}' };
  const evaluation = atOnce.evaluateSync('d', { name: 'Ada' }, { trace: true });
  assert.deepEqual(evaluation.result, expected);
  assert.deepEqual(evaluation.trace.node.traceData, { kind: 'greeter' });

  const later = CompiledBundle.compile({ d: document }, { customHandler: async (request) => answer(request) });
  assert.deepEqual((await later.evaluate('d', { name: 'Ada' })).result, expected);
  assert.throws(() => later.evaluateSync('d', { name: 'Ada' }), { code: 'wouldAwait' });

  const failing = CompiledBundle.compile({ d: document }, { customHandler: () => { throw new Error('no such kind'); } });
  assert.throws(() => failing.evaluateSync('d', {}), { code: 'nodeFailed', nodeId: 'node', message: /no such kind/ });
});

test('http goes to allowed hosts through the handler', async () => {
  const source = `import http from 'http';
    export const handler = async (input) => (await http.get(input.url, { headers: { a: 'b' }, params: { q: '1' } })).data;`;
  const document = graph('functionNode', { source });
  const seen = [];
  const http = {
    allowedHosts: ['api.example.com'],
    handler: async (request) => {
      seen.push(request);
      return { status: 200, data: { method: request.method, header: request.headers.a, query: request.params.q } };
    },
  };
  const bundle = CompiledBundle.compile({ d: document }, { http });
  const { result } = await bundle.evaluate('d', { url: 'https://api.example.com/rates' });
  assert.deepEqual(result, { method: 'GET', header: 'b', query: '1' });
  await assert.rejects(bundle.evaluate('d', { url: 'https://elsewhere.test/' }), /not allowed/);
  assert.equal(seen.length, 1);
  const without = CompiledBundle.compile({ d: document });
  await assert.rejects(without.evaluate('d', { url: 'https://api.example.com/' }), /switched off/);
});

test('functions can sleep', async () => {
  const bundle = CompiledBundle.compile({ d: functionV2('await console.sleep(input.ms); return { slept: true };') });
  assert.deepEqual((await bundle.evaluate('d', { ms: 3 })).result, { slept: true });
  const many = await Promise.all([5, 1, 3].map((ms) => bundle.evaluate('d', { ms })));
  assert.ok(many.every(({ result }) => result.slept));
});

test('a decision that is given up while it sleeps leaves no timer behind', () => {
  const bundle = CompiledBundle.compile({ d: functionV2('await console.sleep(1000); return {};') });
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  assert.throws(() => bundle.evaluateSync('d', {}), { code: 'wouldAwait' });
  assert.equal(timers(), before);
});

test('a clock can be given', () => {
  const bundle = CompiledBundle.compile({
    e: expressions({ today: "d().format('%Y-%m-%d')" }),
    f: functionV2('return { now: Date.now() };'),
  });
  const now = new Date('2026-03-15T09:30:00Z');
  assert.equal(bundle.evaluateSync('e', {}, { now }).result.today, '2026-03-15');
  assert.equal(bundle.evaluateSync('f', {}, { now: now.getTime() }).result.now, now.getTime());
});

test('expressions, unary tests and templates work on their own', async () => {
  assert.equal(evaluateExpressionSync('0.1 + 0.2'), 0.3);
  assert.equal(await evaluateExpression('sum(map(items, #.n))', { items: [{ n: 1 }, { n: 2 }] }), 3);
  assert.equal(evaluateUnaryExpressionSync('> 5, [1..3]', { $: 2 }), true);
  assert.equal(evaluateUnaryExpressionSync('> 5', { $: 2 }), false);
  assert.equal(renderTemplateSync('Dear {{ name }}', { name: 'Ada' }), 'Dear Ada');
  assert.equal(renderTemplateSync('{{ n + 1 }}', { n: 1 }), 2);
});

test('versions are told', () => {
  assert.match(version(), /^\d+\.\d+\.\d+/);
  assert.match(engineVersion(), /^\d+\.\d+\.\d+/);
});

test('a disposed bundle cannot be used', async () => {
  const bundle = CompiledBundle.compile({ d: pricing });
  const content = CompiledContent.compile(pricing);
  bundle.dispose();
  assert.throws(() => bundle.evaluateSync('d', order));
  // What is disposed of twice (by `using`, say) is as what is disposed of once.
  bundle.dispose();
  content.dispose();
  content.dispose();
  const disposed = (what) => ({ name: 'ZenError', code: 'invalid', message: `the ${what} was disposed of` });
  assert.throws(() => bundle.evaluateSync('d', order), disposed('bundle'));
  await assert.rejects(bundle.evaluate('d', order), disposed('bundle'));
  assert.throws(() => bundle.keys(), disposed('bundle'));
  assert.throws(() => content.kind, disposed('content'));
  const other = CompiledBundle.compile({ d: pricing });
  assert.throws(() => other.evaluateContentSync(content, order), disposed('content'));
  assert.equal(other.evaluateSync('d', order).result.total, 10);
});
