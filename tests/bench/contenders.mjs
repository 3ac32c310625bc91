/**
 * The contenders. Each loads a fixture once and gives a `Runner`:
 *
 *   answer(trace)               the answer `{ result, performance, trace? }` of one evaluation
 *   measure(trace, iterations)  nanoseconds that so many evaluations take, one after the other
 */

import { createRequire } from 'node:module';
import { CompiledBundle } from '../../wasm/dist/node.js';
import { startNative } from './native.mjs';

const { ZenEngine } = createRequire(import.meta.url)('@gorules/zen-engine-linux-x64-gnu');

async function timeAsync(evaluate, iterations) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < iterations; index += 1) await evaluate();
  return Number(process.hrtime.bigint() - start);
}

function timeSync(evaluate, iterations) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < iterations; index += 1) evaluate();
  return Number(process.hrtime.bigint() - start);
}

/** Our module through the public API, from object to object, as a promise. */
const wasm = {
  id: 'wasm',
  load({ documents, key, context }) {
    const bundle = CompiledBundle.compile(documents);
    const answer = (trace) => bundle.evaluate(key, context, { trace });
    return {
      answer,
      measure: (trace, iterations) => timeAsync(() => answer(trace), iterations),
      dispose: () => bundle.dispose(),
    };
  },
};

/** The same without a promise. */
const wasmSync = {
  id: 'wasmSync',
  load({ documents, key, context }) {
    const bundle = CompiledBundle.compile(documents);
    const answer = (trace) => bundle.evaluateSync(key, context, { trace });
    return {
      answer,
      measure: (trace, iterations) => timeSync(() => answer(trace), iterations),
      dispose: () => bundle.dispose(),
    };
  },
};

/**
 * The native Node engine, from object to object. A static loader is its fastest form: it compiles
 * every document when the engine is made (`compileFailures()` would name those that fail).
 */
const node = {
  id: 'node',
  load({ documents, key, context }) {
    const engine = new ZenEngine({ loader: { type: 'static', content: documents } });
    const failures = engine.compileFailures();
    if (failures.length > 0) throw new Error(`native Node does not compile: ${JSON.stringify(failures)}`);
    const answer = (trace) => engine.evaluate(key, context, { trace });
    return {
      answer,
      measure: (trace, iterations) => timeAsync(() => answer(trace), iterations),
      dispose: () => engine.dispose(),
    };
  },
};

/** Native Rust with our engine and boundary, from JSON text to JSON text, in a process of its own. */
const rust = (server) => ({
  id: 'rust',
  async load({ name, documents, key, context }) {
    const texts = Object.fromEntries(Object.entries(documents).map(([key, json]) => [key, JSON.stringify(json)]));
    await server.ask({ load: { name, documents: texts, key, context: JSON.stringify(context) } });
    return {
      answer: async (trace) => JSON.parse((await server.ask({ answer: { name, trace } })).answer),
      measure: async (trace, iterations) => (await server.ask({ measure: { name, trace, iterations } })).nanos,
      dispose: () => {},
    };
  },
});

/** All contenders, and `stop()` for what they started. */
export function startContenders() {
  const server = startNative();
  return { contenders: [wasm, wasmSync, node, rust(server)], stop: () => server.stop() };
}
