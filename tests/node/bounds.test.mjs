// Hostile rules and contexts: each ends in an error or a right answer, with the clocks standing still,
// and the next evaluation in the same instance is right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledBundle, CompiledContent, evaluateExpressionSync, evaluateUnaryExpressionSync, renderTemplateSync } from 'zen-edge';
import { expressions, functionV1, functionV2, graph, twice } from './documents.mjs';

const limits = { functionSteps: 3_000_000, functionBytes: 8 * 1024 * 1024 };

/** Stops `Date.now` and `performance.now` for as long as a call takes, as Workers do. */
function frozen(call) {
  const { now } = Date;
  const performanceNow = performance.now;
  const stopped = now();
  Date.now = () => stopped;
  performance.now = () => 1;
  try {
    return call();
  } finally {
    Date.now = now;
    performance.now = performanceNow;
  }
}

/** The error of a decision, after which its neighbour must still answer. */
function failure(document, context = {}) {
  const bundle = CompiledBundle.compile({ d: document, twice }, { limits });
  let thrown;
  frozen(() => {
    try {
      bundle.evaluateSync('d', context);
    } catch (error) {
      thrown = error;
    }
  });
  assert.deepEqual(bundle.evaluateSync('twice', { n: 21 }).result, { twice: 42 });
  return thrown;
}

const endless = ['for (;;) {}', 'while (true) { try { while (true) {} } catch {} }', "/^(a+)+$/.test('a'.repeat(60) + 'b');"];

test('an endless loop ends in an error', () => {
  for (const body of endless) {
    for (const document of [functionV1(body), functionV2(body)]) {
      const error = failure(document);
      assert.equal(error?.code, 'limitExceeded', `${body}: ${error}`);
      assert.equal(error.error.limit, 'functionSteps');
      assert.equal(error.nodeId, 'node');
    }
  }
});

test('an endless promise ends in an error', () => {
  assert.equal(failure(functionV2('await new Promise(() => {});'))?.code, 'stalled');
  for (const body of [
    'while (true) await Promise.resolve();',
    'const f = () => Promise.resolve().then(f); await f();',
    'const f = () => { Promise.resolve().then(f); Promise.resolve().then(f); }; f(); await new Promise(() => {});',
  ]) {
    assert.equal(failure(functionV2(body))?.code, 'limitExceeded', body);
  }
});

test('an allocation bomb ends in an error', () => {
  for (const body of [
    'const a = []; while (true) a.push(new Array(1000).fill(1));',
    "let s = 'x'; while (true) s += s;",
    'new ArrayBuffer(2 ** 30);',
    'let a = []; for (;;) a = [a];',
    "const s = 'x'.repeat(1e6); s.split('').map(() => s.split(''));",
  ]) {
    for (const document of [functionV1(body), functionV2(body)]) {
      assert.ok(failure(document), body);
    }
  }
});

const recursion = [
  'const f = () => f() + 1; f();',
  'const f = (...a) => f(...a, 1); f();',
  'const o = { get x() { return this.x; } }; o.x;',
  'const o = { toString() { return `${this}`; } }; `${o}`;',
  'class A { constructor() { new A(); } } new A();',
  'const p = new Proxy({}, { get: (t, k) => p[k] }); p.x;',
  'const f = () => [1].map(f); f();',
  'const f = () => { try { f(); } finally { f(); } }; f();',
  "const f = () => 'a'.replace(/a/, f); f();",
  'const f = () => JSON.stringify({ toJSON: f }); f();',
  'let a = []; for (let i = 0; i < 50000; i++) a = [a]; JSON.stringify(a);',
  'let a = []; for (let i = 0; i < 50000; i++) a = [a]; String(a);',
  "eval('['.repeat(50000));",
  "eval('('.repeat(50000));",
  "eval('a=>'.repeat(50000));",
  "eval('{'.repeat(50000));",
  "eval('!'.repeat(50000) + '1');",
  "eval('a?b:'.repeat(20000) + '1');",
  "eval('`${'.repeat(20000));",
  "JSON.parse('['.repeat(50000));",
  "new RegExp('('.repeat(50000) + ')'.repeat(50000));",
  "new RegExp('(?=' .repeat(20000) + ')'.repeat(20000));",
  "const f = () => eval('f()'); f();",
  'const f = () => Reflect.apply(f, null, []); f();',
  'const f = () => [3, 2, 1].sort(f); f();',
  'function* g() { yield* g(); } g().next();',
  'const f = () => { for (const x of { [Symbol.iterator]: f }) ; }; f();',
  'const f = async () => await f(); f();',
  'const f = () => Array.from({ length: 1 }, f); f();',
  'const f = () => new Map([[1, 1]]).forEach(f); f();',
  'const b = ((f) => { for (let i = 0; i < 20000; i++) f = f.bind(null); return f; })(() => 1); b();',
  'let p = {}; for (let i = 0; i < 20000; i++) p = new Proxy(p, {}); p.x;',
  'let o = {}; for (let i = 0; i < 20000; i++) o = Object.create(o); o.x;',
];

test('unbounded recursion ends in an error or an answer', () => {
  for (const body of recursion) {
    for (const document of [functionV1(body), functionV2(body)]) {
      const error = failure(document);
      if (error) assert.match(error.code, /^(nodeFailed|limitExceeded)$/, `${body}: ${error}`);
    }
  }
});

test('a value that contains itself, or nests deeply, ends in an error', () => {
  for (const body of [
    'const a = {}; a.a = a; return a;',
    'let a = {}; for (let i = 0; i < 100000; i++) a = { a }; return a;',
  ]) {
    assert.equal(failure(functionV2(body))?.error.limit, 'jsonDepth', body);
    assert.ok(failure(functionV1(body)), body);
  }
});

// Each form of expression that the parser recurses on, as deep as is accepted.
const deepest = 400;
const forms = {
  parentheses: (n) => '('.repeat(n) + '1' + ')'.repeat(n),
  arrays: (n) => '['.repeat(n) + '1' + ']'.repeat(n),
  minus: (n) => '-'.repeat(n) + '1',
  not: (n) => 'not '.repeat(n) + 'true',
  conditional: (n) => 'true ? 1 : '.repeat(n >> 1) + '1',
  sum: (n) => '1 + '.repeat(n) + '1',
  power: (n) => '1 ^ '.repeat(n) + '1',
  logic: (n) => 'true and '.repeat(n) + 'true',
  members: (n) => 'a' + '.b'.repeat(n),
  indices: (n) => 'a' + '[0]'.repeat(n >> 1),
  calls: (n) => 'abs('.repeat(n >> 1) + '1' + ')'.repeat(n >> 1),
  closures: (n) => 'map([1], '.repeat(n >> 2) + '1' + ')'.repeat(n >> 2),
  objects: (n) => '{a: '.repeat(n >> 1) + '1' + '}'.repeat(n >> 1),
  templates: (n) => '`${'.repeat(n >> 2) + '1' + '}`'.repeat(n >> 2),
  coalesce: (n) => 'null ?? '.repeat(n >> 1) + '1',
};

test('the deepest accepted expression compiles, a deeper one is refused', () => {
  for (const [name, form] of Object.entries(forms)) {
    for (const depth of [deepest - 4, deepest * 3, 100_000]) {
      const source = form(depth);
      const calls = [
        () => evaluateExpressionSync(source, {}),
        () => evaluateUnaryExpressionSync(source, { $: 1 }),
        () => renderTemplateSync(`{{ ${source} }}`, {}),
        () => CompiledBundle.compile({ d: expressions({ x: source }) }).dispose(),
        () => failure(expressions({ x: source })),
        () => failure(functionV2('zen')) && failure(graph('functionNode', {
          source: `import zen from 'zen'; export const handler = (input) => ({ x: zen.evaluateExpression(input.source, {}) });`,
        }), { source }),
      ];
      for (const [index, call] of calls.entries()) {
        try {
          call();
        } catch (error) {
          assert.match(String(error.code), /^(limitExceeded|expressionFailed|notCompiled)$/, `${name} ${depth} ${index}: ${error.stack}`);
          assert.notEqual(error.code, 'internal');
        }
      }
    }
  }
});

test('text that is no JSON, too deep or too long is refused, and a long text is not', () => {
  const bundle = CompiledBundle.compile({ d: expressions({ length: 'len(text)' }), twice });
  const code = (context) => {
    try {
      bundle.evaluateSync('d', context);
    } catch (error) {
      return error.code;
    }
  };
  assert.equal(code('['.repeat(100_000)), 'limitExceeded');
  assert.equal(code('{"a":'.repeat(100_000)), 'limitExceeded');
  assert.equal(code(' '.repeat(17 * 1024 * 1024)), 'limitExceeded');
  for (const text of ['NaN', '{"a": Infinity}', '"\\ud800"', '{"a":1e400}', '', '{"a":1}}', '\ufeff{}']) {
    assert.equal(code(text), 'invalid', text);
  }
  assert.equal(code('{"text":"\ud800"}'), undefined, 'a lone surrogate in a JavaScript string becomes U+FFFD');
  assert.throws(() => bundle.evaluateSync('d', new Uint8Array([0x22, 0xff, 0x22])));
  assert.equal(bundle.evaluateSync('d', { text: 'x'.repeat(10_000_000) }).result.length, 10_000_000);
  assert.deepEqual(bundle.evaluateSync('twice', '{"n":1,"n":21}').result, { twice: 42 });
  assert.throws(() => CompiledBundle.compile({ d: '['.repeat(100_000) }), { code: 'notCompiled' });
});

test('an object that nests too deeply for JavaScript itself is refused like any other', async () => {
  const nested = (depth, inside) => {
    let value = inside;
    for (let level = 0; level < depth; level += 1) value = { value };
    return value;
  };
  const bundle = CompiledBundle.compile({ twice });
  const refusal = { name: 'ZenError', code: 'limitExceeded', error: { type: 'LimitExceeded', limit: 'jsonDepth' } };
  const refused = (call) => assert.throws(call, ({ name, code, error: { type, limit } }) => {
    assert.deepEqual({ name, code, error: { type, limit } }, refusal);
    return true;
  });
  for (const depth of [1_000, 4_000, 100_000]) {
    // What holds a `null` is looked through for what JSON cannot say.
    for (const inside of [1, null]) {
      const value = nested(depth, inside);
      refused(() => bundle.evaluateSync('twice', value));
      await assert.rejects(bundle.evaluate('twice', value), { code: 'limitExceeded' });
      refused(() => evaluateExpressionSync('1', value));
    }
  }
  refused(() => CompiledBundle.compile({ d: nested(100_000, 1) }));
  refused(() => CompiledContent.compile(nested(100_000, 1)));
  const around = Array.from({ length: 100_000 }).reduce((value) => [value], NaN);
  refused(() => bundle.evaluateSync('twice', around));
  assert.deepEqual(bundle.evaluateSync('twice', { n: 21 }).result, { twice: 42 });
});

test('expressions that would fill the memory are stopped', () => {
  const doubling = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`s${i}`, i ? `$.s${i - 1} + $.s${i - 1}` : "'xxxxxxxxxxxxxxxx'"]));
  const nested = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, i ? `[$.a${i - 1}, $.a${i - 1}]` : '[1, 1]']));
  for (const pairs of [
    { x: 'map([0..1000000000000], #)' },
    { x: 'sum(map([0..100000], sum(map([0..100000], #))))' },
    { x: "len(map([0..900000], upper('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')))" },
    doubling,
    nested,
  ]) {
    assert.equal(failure(expressions(pairs))?.code, 'limitExceeded', Object.values(pairs)[0]);
  }
});

test('decisions that call each other in a circle end in an error', () => {
  const call = (key) => graph('decisionNode', { key });
  const bundle = CompiledBundle.compile({ a: call('b'), b: call('a'), self: call('self'), twice });
  for (const key of ['a', 'self']) {
    assert.throws(() => bundle.evaluateSync(key, {}), /depth limit/i);
    assert.throws(() => bundle.evaluateSync(key, {}, { maxDepth: 32 }), /depth limit/i);
  }
  assert.deepEqual(bundle.evaluateSync('twice', { n: 21 }).result, { twice: 42 });
});

test('functions that call decisions in a circle end in an error', () => {
  const source = "import zen from 'zen'; export const handler = async (input) => (await zen.evaluate('d', input)).result;";
  const error = failure(graph('functionNode', { source }));
  assert.match(error.code, /^(nodeFailed|limitExceeded)$/);
});

test('a chain of two thousand nodes is evaluated', () => {
  const nodes = [{ id: 'n0', name: 'n0', type: 'inputNode' }];
  const edges = [];
  for (let i = 1; i < 2_000; i++) {
    const content = { expressions: [{ id: 'e', key: 'n', value: 'n + 1' }] };
    nodes.push({ id: `n${i}`, name: `n${i}`, type: 'expressionNode', content });
    edges.push({ id: `e${i}`, type: 'edge', sourceId: `n${i - 1}`, targetId: `n${i}` });
  }
  const bundle = CompiledBundle.compile({ d: { nodes, edges } });
  assert.deepEqual(bundle.evaluateSync('d', { n: 0 }).result, { n: 1_999 });
});
