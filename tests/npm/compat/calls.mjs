// Calls of the API of `@gorules/zen-engine`: each is made to both engines and must come to the same.
// A call is a function of the module under test; what it comes to is compared by `outcome`.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, caller, echo, expressions, graph, greeter, held, loaded, rules, sender } from './documents.mjs';
import { dereferenced } from './engines.mjs';

const context = { a: 2, b: 3, total: 120, name: 'Ada', n: 5 };

/** Contexts and how native takes them; those that end native's process are in deadly.test.mjs. */
export const contexts = {
  undefined: undefined,
  null: null,
  'a number': 5,
  'a boolean': true,
  'a list': [1, 'a', null],
  'undefined in an object': { a: undefined, b: null, c: { d: undefined } },
  'undefined in a list': { l: [1, undefined] },
  'a list with a hole': { l: [1, , 3] },
  'a function in a list': { l: [() => 1] },
  NaN: { n: NaN },
  'NaN in a list': [NaN],
  Infinity: { n: Infinity },
  'minus infinity': { n: -Infinity },
  'minus zero': { n: -0 },
  'the greatest whole number': { n: Number.MAX_SAFE_INTEGER, m: Number.MIN_SAFE_INTEGER, o: 2 ** 53 },
  'large whole numbers': { n: 1e15, m: 1e18, o: 4294967296, p: -2147483649 },
  fractions: { n: 0.1, m: 1 / 3, o: Math.PI, p: 0.1 + 0.2, q: 123456789.123456789, r: 1e-7 },
  'a number too small for the engine': { n: 5e-324, m: 1e-29 },
  'a number too great for the engine': { n: 1.5e300 / 1e300 + 1e-30 },
  'a BigInt': { n: 10n },
  'a BigInt in a list': { l: [2n ** 70n] },
  'a date': { d: new Date(0) },
  'an invalid date': { d: new Date(NaN) },
  'a Map': { m: new Map([['a', 1]]) },
  'a Set': { s: new Set([1]) },
  'a WeakMap': { w: new WeakMap() },
  'a regular expression': { r: /a/g },
  'an error': { e: new Error('x') },
  'a promise': { p: Promise.resolve(1) },
  'an ArrayBuffer': { b: new ArrayBuffer(2) },
  'bytes inside': { b: new Uint8Array([1, 2]) },
  'a Buffer inside': { b: Buffer.from('ab') },
  'a symbol': { s: Symbol('x') },
  'a symbol as key': { [Symbol('k')]: 1, a: 1 },
  'a function': { f: () => 1 },
  'a class': new (class {
    a = 1;
    get g() {
      return 2;
    }
    m() {}
  })(),
  'something with toJSON': { a: { toJSON: () => ({ b: 1 }) } },
  'boxed values': { n: new Number(5) },
  'what is inherited': Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true } }),
  'an object without prototype': Object.assign(Object.create(null), { a: 1 }),
  'a getter': {
    get a() {
      return 7;
    },
  },
  'a getter that throws': {
    get a() {
      throw new RangeError('getter');
    },
  },
  'half a surrogate pair': { s: 'a\ud800b\\ud800\udfff' },
  'every kind of text': { s: '"\\/\b\f\n\r\t\u0000é😀\u2028', '😀.\n': 'x' },
  'keys that are numbers': { 2: 'b', 1: 'a' },
  'the word null': { s: 'null', n: null },
  arguments: (function () {
    return arguments;
  })(1, 2),
  'a proxy': new Proxy({ a: 1 }, {}),
  text: 'x',
  'JSON text': '{"a":1}',
  bytes: new TextEncoder().encode('{"a":1}'),
};

const one = (zen, key, options) => new zen.ZenEngine({ loader: held(), ...options });
const evaluations = {};
for (const key of Object.keys(rules)) {
  for (const trace of [undefined, true]) {
    const name = `evaluate ${key}${trace ? ' with a trace' : ''}`;
    evaluations[name] = (zen) => one(zen).evaluate(key, context, { trace });
    evaluations[`${name}, by a loader`] = (zen) => new zen.ZenEngine({ loader: loaded() }).evaluate(key, context, { trace });
    evaluations[`${name}, as a decision`] = async (zen) =>
      (await new zen.ZenEngine({ loader: loaded() }).getDecision(key)).evaluate(context, { trace });
    evaluations[`${name}, safely`] = (zen) => one(zen).safeEvaluate(key, context, { trace });
  }
}

const custom = (customHandler) => (zen) =>
  new zen.ZenEngine({ customHandler }).createDecision(greeter).evaluate(context, { trace: true });
const field = (method, path) => custom(async (request) => ({ output: { value: request[method](path) } }));
const http = (httpHandler) => (zen) => new zen.ZenEngine({ httpHandler }).createDecision(sender).evaluate({});
const inContext = Object.fromEntries(
  Object.entries(contexts).flatMap(([name, value]) => [
    [`context of a decision: ${name}`, (zen) => new zen.ZenEngine({ loader: held({ echo }) }).evaluate('echo', value)],
    [`context of an expression: ${name}`, (zen) => zen.evaluateExpressionSync('$root', value)],
  ]),
);

const expressionsOf = {};
for (const [source, given] of [
  ['1 + 1'], ['a.b.c'], ['a.b', { a: null }], ['1 / 0'], ['$root'], ['1 +'], ['"a" + 1'], ['foo()'], [''], ['10 ^ 30'], ['0.1 + 0.2'],
  ['9007199254740993'], ['1 / 3'], ["d('2024-01-01')"], ['[1..3]'], ['sum(map(l, #.n))', { l: [{ n: 1 }, { n: 2 }] }], ['{ a: 1, b: [x] }', { x: null }],
  ['x', null], [undefined], [5], [null],
]) {
  expressionsOf[`expression ${source} of ${JSON.stringify(given)}`] = (zen) => zen.evaluateExpression(source, given);
  expressionsOf[`expression ${source} of ${JSON.stringify(given)}, at once`] = (zen) => zen.evaluateExpressionSync(source, given);
}
for (const [source, ...given] of [
  ['> 5', { $: 6 }], ['> 5, [1..3]', { $: 2 }], ['> 5', {}], ['> 5'], ['> 5', null], ['>', { $: 1 }], ['1 + 1', { $: 2 }], ['x', { $: 1, x: true }], [7, { $: 1 }],
]) {
  expressionsOf[`unary ${source} of ${JSON.stringify(given)}`] = (zen) => zen.evaluateUnaryExpression(source, ...given);
  expressionsOf[`unary ${source} of ${JSON.stringify(given)}, at once`] = (zen) => zen.evaluateUnaryExpressionSync(source, ...given);
}
for (const [source, ...given] of [
  ['{{ a }}', { a: 1 }], ['x {{ a }} y', { a: { b: 1 } }], ['{{ a', { a: 1 }], ['{{ a + }}', { a: 1 }], ['a'], ['{{ a }}', null], [5, {}], ['{{ a }}{{ b }}', { a: null, b: true }], ['', {}],
]) {
  expressionsOf[`template ${source} of ${JSON.stringify(given)}`] = (zen) => zen.renderTemplate(source, ...given);
  expressionsOf[`template ${source} of ${JSON.stringify(given)}, at once`] = (zen) => zen.renderTemplateSync(source, ...given);
}

const made = {};
for (const [name, content] of Object.entries({
  nothing: undefined, null: null, text: JSON.stringify(echo), 'an object': echo, 'a Buffer': bytes(echo), bytes: new TextEncoder().encode(JSON.stringify(echo)),
  'bytes that are no JSON': Buffer.from('{'), 'an empty object': {}, 'nodes that are no list': { nodes: 5 }, 'a number': 5, 'a list': [],
  'no nodes': { nodes: [], edges: [] }, 'a policy': { blocks: [] }, 'a test': { contentType: 'test', testCases: [] },
  'an unknown node': { nodes: [{ id: 'x', name: 'X', type: 'weirdNode', content: {} }], edges: [] },
  'more than the engine knows': { ...echo, title: 'T', meta: { a: 1 } }, 'a whole document': rules['switch.json'],
})) {
  made[`content from ${name}`] = (zen) => JSON.parse(new zen.ZenDecisionContent(content).toBuffer().toString());
  made[`decision from ${name}`] = (zen) => new zen.ZenEngine().createDecision(content);
  made[`validation of ${name}`] = (zen) => new zen.ZenEngine().createDecision(content).validate();
  made[`evaluation of ${name}`] = (zen) => new zen.ZenEngine().createDecision(content).evaluate(context, { trace: true });
  made[`static loader of ${name}`] = (zen) => new zen.ZenEngine({ loader: held({ d: content }) }).compileFailures();
}

const options = {};
for (const given of [
  { trace: 'none' }, { trace: 'default' }, { trace: 'x' }, { trace: 5 }, { trace: null }, { trace: 'Reference' }, { maxDepth: 300 }, { maxDepth: -1 }, { maxDepth: 0 },
  { maxDepth: '3' }, { maxDepth: 1.5 }, { maxDepth: null }, { unknown: 1 }, null, 5, 'x', [],
]) {
  options[`options ${JSON.stringify(given)}`] = (zen) => one(zen).evaluate('sum.json', context, given);
  options[`options ${JSON.stringify(given)} of a call, safely`] = (zen) => one(zen).safeEvaluate('calls.json', context, given);
}

const loaders = {};
for (const [name, answer] of Object.entries({
  nothing: async () => undefined, null: async () => null, 'half a document': async () => Buffer.from('{'), 'no decision': async () => Buffer.from('{"nodes":5}'),
  bytes: async () => new Uint8Array(bytes(echo)), text: async () => JSON.stringify(echo), 'an object': async () => echo, 'a number': async () => 5,
  'an error': async () => { throw new Error('boom'); }, 'a TypeError': async () => { throw new TypeError('boom'); }, 'a text as error': async () => { throw 'boom'; },
  'a policy': async () => bytes({ blocks: [] }),
})) {
  loaders[`loader answers ${name}`] = (zen) => new zen.ZenEngine({ loader: answer }).evaluate('k', { a: 1 });
  loaders[`loader answers ${name}, safely`] = (zen) => new zen.ZenEngine({ loader: answer }).safeEvaluate('k', { a: 1 });
  loaders[`loader answers ${name} to getDecision`] = (zen) => new zen.ZenEngine({ loader: answer }).getDecision('k');
  loaders[`loader answers ${name} to safeGetDecision`] = (zen) => new zen.ZenEngine({ loader: answer }).safeGetDecision('k');
}
for (const [name, given] of Object.entries({
  'a number': 5, text: 'x', null: null, 'no type': {}, 'an unknown type': { type: 'x' }, 'static without content': { type: 'static' }, 'fs without path': { type: 'fs' },
  'zip without bytes': { type: 'zip' }, 'a zip that is none': { type: 'zip', bytes: Buffer.from('xx') }, 'a folder that is none': { type: 'fs', path: '/nowhere/at/all' },
})) {
  loaders[`loader that is ${name}`] = (zen) => new zen.ZenEngine({ loader: given }).compileFailures();
}

/** A folder with a decision, one that calls it, one without extension, and two files that are no decisions. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'zen-edge-'));
  mkdirSync(join(path, 'rules/sub'), { recursive: true });
  const write = (name, document) =>
    writeFileSync(join(path, 'rules', name), typeof document === 'string' ? document : JSON.stringify(document));
  write('sum.json', rules['sum.json']);
  write('sub/calls.json', caller('sum.json'));
  write('without', rules['sum.json']);
  write('half.json', '{');
  write('other.json', { x: 1 });
  writeFileSync(join(path, 'outside.json'), JSON.stringify(rules['sum.json']));
  return { path: join(path, 'rules'), write };
}
const onFolder = (use) => (zen) => {
  const { path, write } = folder();
  return use(new zen.ZenEngine({ loader: { type: 'fs', path } }), write);
};
const files = Object.fromEntries(
  ['sum.json', 'sub/calls.json', 'without', './sum.json', 'half.json', 'other.json', 'nope.json', '../outside.json'].map((key) => [
    `file ${key}`,
    onFolder((engine) => engine.evaluate(key, context)),
  ]),
);

const counted = (use) => async (zen) => {
  const keys = [];
  const load = loaded();
  const engine = new zen.ZenEngine({ loader: async (key) => (keys.push(key), load(key)) });
  await use(engine);
  return keys;
};

export const calls = {
  ...evaluations, ...inContext, ...expressionsOf, ...made, ...options, ...loaders, ...files,

  'no options': (zen) => new zen.ZenEngine(),
  'options that are null': (zen) => new zen.ZenEngine(null),
  'options that are a number': (zen) => new zen.ZenEngine(5),
  'no loader': (zen) => new zen.ZenEngine({}).evaluate('k', {}),
  'a handler that is no function': (zen) => new zen.ZenEngine({ customHandler: 5 }),
  'evaluate without anything': (zen) => new zen.ZenEngine().evaluate(),
  'evaluate with a key that is no text': (zen) => new zen.ZenEngine().evaluate(5, {}),
  'evaluate without context': (zen) => one(zen).evaluate('echo.json'),
  'getDecision without key': (zen) => one(zen).getDecision(),
  'a key that does not exist': (zen) => one(zen).evaluate('nowhere', {}),
  'a key that does not exist, safely': (zen) => one(zen).safeEvaluate('nowhere', {}),
  'a key in another case': (zen) => one(zen).evaluate('SUM.json', context),
  'the class of a decision': async (zen) => (await one(zen).getDecision('sum.json')).constructor.name,
  'a decision of one\'s own making': (zen) => new zen.ZenDecision(),
  'a request of one\'s own making': (zen) => new zen.ZenEngineHandlerRequest(),
  'getDecision of what does not exist': (zen) => one(zen).getDecision('nowhere'),
  'getDecision of a policy': (zen) => one(zen).getDecision('policy.json'),
  'evaluate without context, as a decision': (zen) => new zen.ZenEngine().createDecision(echo).evaluate(),
  'a decision calls through the loader of its engine': (zen) =>
    new zen.ZenEngine({ loader: loaded() }).createDecision(caller('sum.json')).evaluate(context, { trace: true }),
  'a content, loaded': (zen) => {
    const content = new zen.ZenDecisionContent(rules['sum.json']);
    return new zen.ZenEngine({ loader: async () => content }).evaluate('k', context);
  },
  'a content, made a decision': (zen) =>
    new zen.ZenEngine().createDecision(new zen.ZenDecisionContent(rules['sum.json'])).evaluate(context),
  'the class of what toBuffer gives': (zen) => Buffer.isBuffer(new zen.ZenDecisionContent(echo).toBuffer()),

  'a batch': (zen) =>
    one(zen).evaluateBatch([
      { key: 'sum.json', context },
      { key: 'nowhere', context },
      { key: 'throws.json', context },
      { key: 'echo.json', context: { a: [1] } },
    ]),
  'a batch with traces': (zen) =>
    one(zen).evaluateBatch([{ key: 'sum.json', context }, { key: 'throws.json', context }], { trace: true }),
  'an empty batch': (zen) => one(zen).evaluateBatch([]),
  'a batch that is no list': (zen) => one(zen).evaluateBatch('x'),
  'a batch without a context': (zen) => one(zen).evaluateBatch([{ key: 'sum.json' }]),
  'a batch with a key that is no text': (zen) => one(zen).evaluateBatch([{ key: 5, context }]),
  'a batch with options that cannot be used': (zen) => one(zen).evaluateBatch([{ key: 'sum.json', context }], { trace: 5 }),

  'failures of a static loader': (zen) => one(zen).compileFailures().map(({ key, kind }) => ({ key, kind })),
  'failures of a loader function': (zen) => new zen.ZenEngine({ loader: loaded() }).compileFailures(),
  'failures of a folder': onFolder((engine) =>
    engine.compileFailures().map(({ key, kind }) => ({ key, kind })).sort((a, b) => a.key.localeCompare(b.key)),
  ),
  'reload answers nothing': (zen) => one(zen).reload(),
  'reload of a loader function': (zen) => new zen.ZenEngine({ loader: loaded() }).reload(),
  'a file that changed is the old one': onFolder((engine, write) => {
    write('sum.json', expressions({ sum: 'a * b' }));
    return engine.evaluate('sum.json', context);
  }),
  'a file that changed is the new one after reload': onFolder(async (engine, write) => {
    write('sum.json', expressions({ sum: 'a * b' }));
    await engine.reload();
    return [await engine.evaluate('sum.json', context), await engine.evaluate('sub/calls.json', context)];
  }),
  'a file that is not compiled is the new one at once': onFolder((engine, write) => {
    write('without', expressions({ sum: 'a * b' }));
    return engine.evaluate('without', context);
  }),
  'a decision of before reload keeps its document': onFolder(async (engine, write) => {
    const decision = await engine.getDecision('sum.json');
    write('sum.json', expressions({ sum: 'a * b' }));
    await engine.reload();
    return decision.evaluate(context);
  }),

  'the keys asked of a loader by evaluate': counted((engine) => engine.evaluate('calls.json', context)),
  'the keys asked by a second evaluation': counted(async (engine) => {
    await engine.evaluate('calls.json', context);
    await engine.evaluate('calls.json', context);
  }),
  'the keys asked by getDecision': counted((engine) => engine.getDecision('calls.json')),
  'the keys asked by a decision': counted(async (engine) => {
    const decision = await engine.getDecision('calls.json');
    await decision.evaluate(context);
    await decision.evaluate(context);
  }),
  'the keys asked where one is missing': counted((engine) => engine.safeEvaluate('missing.json', context)),

  'the trace as text': async (zen) => JSON.parse((await one(zen).evaluate('calls.json', context, { trace: 'string' })).trace),
  'the trace by references': async (zen) =>
    dereferenced((await one(zen).evaluate('calls.json', context, { trace: 'reference' })).trace),
  'the trace by references as text': async (zen) =>
    dereferenced(JSON.parse((await one(zen).evaluate('calls.json', context, { trace: 'referenceString' })).trace)),
  'the depth that is reached by default': async (zen) => {
    let depth = 0;
    const loader = async (key) => (depth++, bytes(caller(key)));
    await new zen.ZenEngine({ loader }).safeEvaluate('k', {});
    return depth;
  },

  'a request to a custom handler': custom(async (request) => ({
    output: {
      node: request.node,
      input: request.input,
      own: Object.keys(request),
      name: request.constructor.name,
      text: request.getField('deep.text'),
      sum: request.getField('deep.sum'),
      raw: request.getFieldRaw('deep.text'),
    },
    traceData: { seen: true },
  })),
  ...Object.fromEntries(
    ['deep', 'deep.text', 'list.0', 'list[0]', 'n', 'nope', 'deep.nope', ''].flatMap((path) => [
      [`getField ${path}`, field('getField', path)],
      [`getFieldRaw ${path}`, field('getFieldRaw', path)],
    ]),
  ),
  'a custom handler that answers nothing': custom(async () => undefined),
  'a custom handler that answers null': custom(async () => null),
  'a custom handler without output': custom(async () => ({})),
  'a custom handler whose output is undefined': custom(async () => ({ output: undefined })),
  'a custom handler whose output is null': custom(async () => ({ output: null, traceData: null })),
  'a custom handler whose output is a number': custom(async () => ({ output: 1 })),
  'a custom handler whose output has NaN': custom(async () => ({ output: { n: NaN } })),
  'a custom handler whose output has a BigInt': custom(async () => ({ output: { n: 1n } })),
  'a custom handler whose output has undefined': custom(async () => ({ output: { a: 1, n: undefined } })),
  'a custom handler that fails': custom(async () => { throw new TypeError('no such kind'); }),
  'a custom handler that fails with text': custom(async () => { throw 'no such kind'; }),
  'no custom handler': (zen) => new zen.ZenEngine().createDecision(greeter).evaluate(context, { trace: true }),
  'the words of a custom handler that fails': async (zen) => {
    const fails = custom(async () => { throw new TypeError('no such kind'); });
    return fails(zen).catch((error) => JSON.parse(error.message).source);
  },
  'the words of a loader that fails': (zen) =>
    new zen.ZenEngine({ loader: async () => { throw new Error('boom'); } }).evaluate('k', {}).catch((error) => JSON.parse(error.message)),
  'the words of expressions that fail': (zen) =>
    ['1 +', '"a" + 1', 'foo()', '10 ^ 30'].map((source) => {
      try {
        return zen.evaluateExpressionSync(source);
      } catch (error) {
        return JSON.parse(error.message);
      }
    }),

  'a request to an http handler': async (zen) => {
    const seen = [];
    const send = http(async (request) => (seen.push(request), { status: 201, headers: { h: '1' }, data: { d: 1 } }));
    return { answer: await send(zen), seen };
  },
  'http without a handler': async (zen) => {
    const server = createServer((_, response) => response.end('"here"'));
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${server.address().port}/`;
    const source = `import http from 'http'; export const handler = async () => ({ data: (await http.get('${url}')).data });`;
    try {
      return await new zen.ZenEngine().createDecision(graph('functionNode', { source })).evaluate({});
    } finally {
      server.close();
    }
  },
  'an http handler that answers 404': http(async () => ({ status: 404, headers: {}, data: 'x' })),
  'an http handler that fails': http(async () => { throw new Error('net'); }),
  'an http handler that answers nothing': http(async () => undefined),
  'an http handler without status': http(async () => ({ headers: {}, data: 1 })),
  'an http handler without headers': http(async () => ({ status: 200, data: 1 })),
  'an http handler without data': http(async () => ({ status: 200, headers: {} })),
  'an http handler whose status is text': http(async () => ({ status: '200', headers: {}, data: 1 })),

  'dispose answers nothing': (zen) => one(zen).dispose(),
  'dispose twice': (zen) => {
    const engine = one(zen);
    engine.dispose();
    engine.dispose();
  },
  'a loader function after dispose': (zen) => {
    const engine = new zen.ZenEngine({ loader: loaded() });
    engine.dispose();
    return engine.evaluate('sum.json', context);
  },
  'a static loader after dispose': (zen) => {
    const engine = one(zen);
    engine.dispose();
    return engine.evaluate('sum.json', context);
  },

  'nodes without $nodes': async (zen) => {
    zen.overrideConfig({ nodesInContext: false });
    try {
      return await custom(async ({ input }) => ({ output: { input } }))(zen);
    } finally {
      zen.overrideConfig({ nodesInContext: true });
    }
  },
  'overrideConfig with nothing in it': (zen) => zen.overrideConfig({}),
  'overrideConfig without anything': (zen) => zen.overrideConfig(),
  'overrideConfig with a wrong type': (zen) => zen.overrideConfig({ nodesInContext: 5 }),
  'overrideConfig with another wrong type': (zen) => zen.overrideConfig({ functionTimeoutMillis: 'x' }),
};
