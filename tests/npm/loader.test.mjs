// Documents by a loader, compiled content, and test cases, through the package's API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledBundle, CompiledContent, ZenError } from 'zen-edge';
import { expressions, functionV2, graph } from '../node/documents.mjs';

const doubling = expressions({ y: 'x * 2' });
const calling = (key) => graph('decisionNode', { key });

test('a loader answers objects, text, bytes and content, at once or later', async () => {
  const text = JSON.stringify(doubling);
  const content = CompiledContent.compile(doubling);
  for (const document of [doubling, text, new TextEncoder().encode(text), content]) {
    for (const later of [false, true]) {
      const bundle = CompiledBundle.compile({ a: calling('sub') }, { loader: (key) => (later ? Promise.resolve(key === 'sub' ? document : null) : document) });
      assert.deepEqual((await bundle.evaluate('a', { x: 4 })).result, { y: 8 });
      if (later) assert.throws(() => bundle.evaluateSync('a', { x: 4 }), { code: 'wouldAwait' });
      else assert.deepEqual(bundle.evaluateSync('a', { x: 4 }).result, { y: 8 });
      bundle.dispose();
    }
  }
});

test('a loader is asked each time, by the key as it was written', async () => {
  const asked = [];
  let document = doubling;
  const bundle = CompiledBundle.compile({}, { loader: async (key) => (asked.push(key), document) });
  assert.deepEqual((await bundle.evaluate('Some/Key', { x: 1 })).result, { y: 2 });
  document = expressions({ y: 'x * 3' });
  assert.deepEqual((await bundle.evaluate('Some/Key', { x: 1 })).result, { y: 3 });
  document = undefined;
  await assert.rejects(bundle.evaluate('Some/Key', {}), { code: 'notFound', error: { type: 'LoaderError', key: 'Some/Key' } });
  assert.deepEqual(asked, ['Some/Key', 'Some/Key', 'Some/Key']);
});

test('a function evaluates what is loaded', async () => {
  const source = "import zen from 'zen'; export const handler = async (input) => (await zen.evaluate('sub', input)).result;";
  const bundle = CompiledBundle.compile({ a: graph('functionNode', { source }) }, { loader: async () => doubling });
  assert.deepEqual((await bundle.evaluate('a', { x: 4 })).result, { y: 8 });
});

test('what a loader throws ends the evaluation', async () => {
  const failing = [() => { throw new Error('boom'); }, async () => { throw new Error('boom'); }];
  for (const loader of failing) {
    const bundle = CompiledBundle.compile({}, { loader });
    await assert.rejects(bundle.evaluate('k', {}), (error) => {
      assert.ok(error instanceof ZenError);
      assert.equal(error.code, 'loadFailed');
      assert.deepEqual(error.error, { type: 'LoaderError', key: 'k', source: 'boom' });
      return true;
    });
  }
  for (const bad of ['{', '[]', { nodes: 5 }, 7n]) {
    await assert.rejects(CompiledBundle.compile({}, { loader: () => bad }).evaluate('k', {}));
  }
});

test('loaded documents are bounded', async () => {
  const circle = CompiledBundle.compile({}, { loader: (key) => calling(key === 'a' ? 'b' : 'a') });
  await assert.rejects(circle.evaluate('a', {}), /[Dd]epth/);
  const small = CompiledBundle.compile({}, { loader: () => doubling, limits: { documentBytes: 100 } });
  await assert.rejects(small.evaluate('a', {}), { code: 'limitExceeded' });
});

test('content is evaluated with what the loader gives', async () => {
  const bundle = CompiledBundle.compile({}, { loader: () => doubling });
  const content = CompiledContent.compile(calling('sub'));
  assert.equal(content.kind, 'graph');
  content.validate();
  assert.deepEqual(bundle.evaluateContentSync(content, { x: 2 }).result, { y: 4 });
  const pending = bundle.evaluateContent(content, { x: 3 });
  content.dispose();
  assert.deepEqual((await pending).result, { y: 6 });
  const policy = CompiledContent.compile({ blocks: [] });
  assert.equal(policy.kind, 'policy');
  assert.throws(() => bundle.evaluateContentSync(policy, {}), { code: 'contentKindMismatch' });
  const again = CompiledContent.compile(CompiledContent.compile(doubling).toBytes());
  assert.deepEqual(bundle.evaluateContentSync(again, { x: 2 }).result, { y: 4 });
});

test('an evaluation under way outlives what it was begun with', async () => {
  let answer;
  const bundle = CompiledBundle.compile({}, { loader: () => new Promise((resolve) => { answer = resolve; }) });
  const evaluation = bundle.evaluate('k', { x: 5 });
  bundle.dispose();
  answer(doubling);
  assert.deepEqual((await evaluation).result, { y: 10 });
});

test('a graph that cannot be evaluated is content that says so', () => {
  const content = CompiledContent.compile({ nodes: [], edges: [] });
  assert.throws(() => content.validate(), { code: 'invalidGraph', error: { type: 'InvalidGraph', source: { type: 'invalidInputCount', nodeCount: 0 } } });
  assert.throws(() => CompiledContent.compile({}), { code: 'invalid', message: /missing field `nodes`/ });
  const bundle = CompiledBundle.compile({}, { loader: () => content });
  content.dispose();
  assert.throws(() => bundle.evaluateSync('k', {}), { code: 'loadFailed', message: /disposed/ });
});

test('http may go anywhere if the handler decides', async () => {
  const source = "import http from 'http'; export const handler = async (input) => ({ status: (await http.get(input.url)).status });";
  const seen = [];
  const handler = ({ url }) => (seen.push(url), { status: 204 });
  const bundle = CompiledBundle.compile({ a: graph('functionNode', { source }) }, { http: { allowedHosts: 'any', handler } });
  assert.deepEqual((await bundle.evaluate('a', { url: 'http://anything.test/a b' })).result, { status: 204 });
  assert.deepEqual(seen, ['http://anything.test/a b']);
});

test('test cases are right to the last digit', () => {
  const bundle = CompiledBundle.compile({ 'a.json': expressions({ y: 'x + 0.1' }), sleepy: functionV2('await console.sleep(5); return {};') });
  const run = (input, expected, options) => bundle.runCase({ filePath: 'A.json' }, { input, ...(expected && { expected }) }, options);
  const long = '12345678901234567890.12345';
  assert.equal(run(`{"x":${long}}`, { output: '{"y":12345678901234567890.22345}' }).fault, undefined);
  assert.match(run(`{"x":${long}}`, { output: '{"y":12345678901234567890.2234}' }).fault, /expected and actual differ at \/y/);
  const passed = run({ x: 1 }, undefined, { trace: true });
  assert.equal(passed.fault, undefined);
  assert.equal(passed.answer.result.y, 1.1);
  assert.ok(passed.answer.trace);
  assert.equal(run('"text"', { error: '{"type":"NodeError"}' }).fault, undefined);
  assert.match(run({ x: 1 }, { error: '{}' }).fault, /it did not fail/);
  assert.equal(bundle.runCase({ filePath: 'sleepy' }, { input: {} }).answer.error.type, 'WouldAwait');
  assert.throws(() => run({ x: 1 }, { output: '{' }), { code: 'invalid' });
  const clock = CompiledBundle.compile({ d: expressions({ at: "date('now')" }) });
  const fixed = { filePath: 'd', now: '2026-03-15T09:30:00Z' };
  const first = clock.runCase(fixed, { input: {} }, { now: 0 }).answer.result;
  assert.deepEqual(clock.runCase(fixed, { input: {} }, { now: 1e12 }).answer.result, first);
  assert.match(clock.runCase({ ...fixed, now: 'soon' }, { input: {} }).fault, /its clock/);
});
