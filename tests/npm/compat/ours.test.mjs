// What zen-edge adds to the API of `@gorules/zen-engine`, and what it promises where that one does not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { ZenDecisionContent, ZenEngine, ZenError, evaluateExpression, evaluateExpressionSync, openBundle } from 'zen-edge';
import { deferred } from '../../support/deferred.mjs';
import { bytes, caller, echo, expressions, graph, greeter, held, loaded, rules, sender } from './documents.mjs';
import { release, zipped } from './zips.mjs';

const context = { a: 2, b: 3 };

test('decisions and engines evaluate at once', async () => {
  const engine = new ZenEngine({ loader: held() });
  assert.deepEqual(engine.evaluateSync('calls.json', context).result, { sum: 5, twice: 4 });
  const decision = await engine.getDecision('calls.json');
  assert.deepEqual(decision.evaluateSync(context, { trace: true }).trace.node.output, { sum: 5, twice: 4 });
  const atOnce = new ZenEngine({ loader: (key) => rules[key] });
  assert.deepEqual(atOnce.evaluateSync('calls.json', context).result, { sum: 5, twice: 4 });
  const later = new ZenEngine({ loader: loaded() });
  assert.throws(() => later.evaluateSync('calls.json', context), { code: 'wouldAwait' });
});

test('an error has a code and its parts beside the message', async () => {
  const engine = new ZenEngine({ loader: held() });
  const check = (error) => {
    assert.ok(error instanceof ZenError);
    assert.equal(error.code, 'nodeFailed');
    assert.equal(error.nodeId, 'node');
    assert.deepEqual(JSON.parse(error.message), error.error);
    assert.deepEqual(Object.keys(error.trace), ['in', 'node']);
    return true;
  };
  await assert.rejects(engine.evaluate('throws.json', {}, { trace: true }), check);
  assert.throws(() => engine.evaluateSync('throws.json', {}, { trace: true }), check);
  const { error } = await engine.safeEvaluate('throws.json', {}, { trace: true });
  check(error);
  assert.throws(() => evaluateExpressionSync('1 +'), { code: 'expressionFailed' });
  await assert.rejects(evaluateExpression('1 +'), { code: 'expressionFailed' });
  await assert.rejects(engine.getDecision('nowhere'), { code: 'notFound', error: { type: 'LoaderError', key: 'nowhere' } });
  assert.throws(() => engine.createDecision({ blocks: [] }), { code: 'contentKindMismatch' });
});

test('what JSON cannot say is refused by the path to it', () => {
  const refused = (value, words) =>
    assert.throws(() => evaluateExpressionSync('1', value), { code: 'invalid', message: new RegExp(words) });
  refused({ a: [1, { b: NaN }] }, '\\$\\.a\\[1\\]\\.b is NaN');
  refused({ a: [undefined] }, '\\$\\.a\\[0\\] is undefined');
  refused({ a: { b: 5n } }, '\\$\\.a\\.b is a BigInt');
  refused({ a: new Date(NaN) }, '\\$\\.a is an invalid date');
  const cycle = { a: { b: [] } };
  cycle.a.b.push(cycle);
  refused(cycle, '\\$\\.a\\.b\\[0\\] contains itself');
  const twice = { a: 1 };
  assert.deepEqual(evaluateExpressionSync('$root', { x: twice, y: [twice, null] }), { x: twice, y: [twice, null] });
});

test('bytes of another realm, as in Jest, are bytes', async () => {
  const foreign = (text) => runInNewContext('Uint8Array.from(bytes)', { bytes: [...Buffer.from(text)] });
  assert.ok(!(foreign('') instanceof Uint8Array));
  assert.equal(evaluateExpressionSync('a', foreign('{"a":1}')), 1);
  const document = foreign(JSON.stringify(rules['sum.json']));
  const engines = [{ type: 'static', content: { k: document } }, async () => document].map((loader) => new ZenEngine({ loader }));
  for (const engine of engines) assert.deepEqual((await engine.evaluate('k', context)).result, { sum: 5, twice: 4 });
});

test('a clock can be given', async () => {
  const engine = new ZenEngine({ loader: held({ today: expressions({ today: "d().format('%Y-%m-%d')" }) }) });
  const now = new Date('2026-03-15T09:30:00Z');
  assert.equal((await engine.evaluate('today', {}, { now })).result.today, '2026-03-15');
  assert.equal((await engine.getDecision('today')).evaluateSync({}, { now: now.getTime() }).result.today, '2026-03-15');
});

test('limits and hosts can be set', async () => {
  const small = new ZenEngine({ loader: held(), limits: { contextBytes: 20 } });
  await assert.rejects(small.evaluate('echo.json', { a: 'x'.repeat(50) }), { code: 'limitExceeded' });
  const answer = { status: 200, headers: {}, data: { d: 1 } };
  const asked = (allowedHosts) =>
    new ZenEngine({ httpHandler: () => answer, allowedHosts }).createDecision(sender).evaluate({});
  assert.deepEqual((await asked(['api.test'])).result.data, { d: 1 });
  assert.match((await asked(['other.test'])).result.error, /not allowed/);
});

test('an evaluation under way ends well though everything is disposed of', async () => {
  const [asked, answered] = [deferred(), deferred()];
  let handled = 0;
  const customHandler = () => {
    handled += 1;
    if (handled === 2) asked.resolve();
    return answered.promise;
  };
  const engine = new ZenEngine({ loader: loaded(), customHandler });
  const decision = engine.createDecision(greeter);
  const under = [engine.evaluate('greeter.json', { n: 1 }), decision.evaluate({ n: 1 })];
  await asked.promise;
  decision[Symbol.dispose]();
  engine[Symbol.dispose]();
  answered.resolve({ output: { ok: true } });
  assert.deepEqual((await Promise.all(under)).map(({ result }) => result), [{ ok: true }, { ok: true }]);
});

test('what is disposed of says so', async () => {
  const engine = new ZenEngine({ loader: held() });
  const decision = engine.createDecision(echo);
  const before = await engine.getDecision('sum.json');
  engine.dispose();
  const disposed = { code: 'loadFailed', message: /the engine is disposed/ };
  await assert.rejects(engine.evaluate('echo.json', {}), disposed);
  await assert.rejects(engine.getDecision('echo.json'), disposed);
  await assert.rejects(decision.evaluate({}), disposed);
  assert.throws(() => before.evaluateSync({}), disposed);
  await engine.reload();
  await assert.rejects(engine.evaluate('echo.json', {}), disposed);
  const content = new ZenDecisionContent(echo);
  content.dispose();
  assert.throws(() => content.toBuffer());
});

test('a content outlives the decisions made of it', async () => {
  const engine = new ZenEngine();
  const content = new ZenDecisionContent(bytes(rules['sum.json']));
  engine.createDecision(content).dispose();
  assert.deepEqual((await engine.createDecision(content).evaluate(context)).result, { sum: 5, twice: 4 });
});

test('a loader may answer anything that is a document, and a promise of any kind', async () => {
  const content = new ZenDecisionContent(rules['sum.json']);
  const thenable = { then: (resolve) => resolve(rules['sum.json']) };
  for (const answer of [content, rules['sum.json'], JSON.stringify(rules['sum.json']), bytes(rules['sum.json']), thenable]) {
    const engine = new ZenEngine({ loader: (key) => (key === 'top' ? caller('sum') : answer) });
    assert.deepEqual((await engine.evaluate('top', context)).result, { sum: 5, twice: 4 });
  }
});

test('a zip is awaited by whoever needs it', async () => {
  const engine = new ZenEngine({ loader: { type: 'zip', bytes: release } });
  assert.throws(() => engine.evaluateSync('Pricing/Sum', context), { code: 'wouldAwait', message: /reload/ });
  const decision = engine.createDecision(caller('pricing/sum'));
  const [answer, called, found] = await Promise.all([
    engine.evaluate('Pricing/Sum', context),
    decision.evaluate(context),
    engine.getDecision('Pricing/Sum'),
  ]);
  for (const { result } of [answer, called, found.evaluateSync(context), engine.evaluateSync('pricing/sum', context)]) {
    assert.deepEqual(result, { sum: 5, twice: 4 });
  }
  const other = new ZenEngine({ loader: { type: 'zip', bytes: zipped } });
  await other.reload();
  assert.deepEqual(other.evaluateSync('sum.json', context).result, { sum: 5, twice: 4 });
});

test('a zip that cannot be read fails those who need it and nobody else', async () => {
  const engine = new ZenEngine({ loader: { type: 'zip', bytes: zipped.subarray(0, 60) } });
  // The same, begun later: by its end the engine's opening has failed, and nobody has asked how it went.
  await assert.rejects(openBundle(zipped.subarray(0, 60)));
  await new Promise(setImmediate);
  await assert.rejects(engine.evaluate('sum.json', context), ({ code, error }) => {
    assert.deepEqual([code, error.type, error.key], ['loadFailed', 'LoaderError', 'sum.json']);
    return true;
  });
  await assert.rejects(engine.reload());
  const disposed = new ZenEngine({ loader: { type: 'zip', bytes: zipped } });
  const pending = disposed.evaluate('sum.json', context);
  disposed.dispose();
  await assert.rejects(pending, { code: 'loadFailed' });
});

test('where there are no files the error names the way out', async () => {
  const script = `import { readFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    import { ZenEngine, initializeSync } from 'zen-edge/slim';
    initializeSync(readFileSync(fileURLToPath(import.meta.resolve('zen-edge/zen_edge.wasm'))));
    try { new ZenEngine({ loader: { type: 'fs', path: '.' } }); } catch (error) { console.log(error.code, error.message); }`;
  const options = { cwd: new URL('.', import.meta.url) };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], options);
  assert.match(stdout, /^invalid the fs loader needs files: import `zen-edge` in Node, Deno or Bun/);
});

test('work of functions is bounded by what overrideConfig says', async () => {
  const { overrideConfig } = await import('zen-edge');
  const busy = graph('functionNode', { source: 'export const handler = () => { for (let n = 0; n < 2e5; n += 1); return { done: true }; };' });
  const decision = new ZenEngine().createDecision(busy);
  assert.deepEqual((await decision.evaluate({})).result, { done: true });
  overrideConfig({ functionTimeoutMillis: 1 });
  try {
    await assert.rejects(decision.evaluate({}), { code: 'limitExceeded' });
  } finally {
    overrideConfig({ functionTimeoutMillis: 5000 });
  }
  assert.deepEqual((await decision.evaluate({})).result, { done: true });
});
