/** `startup-child.mjs wasm|node FIXTURE`: one cold start; prints the milliseconds of its steps as JSON. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fixtures } from './fixtures.mjs';

const [contender, name] = process.argv.slice(2);
const { documents, key, context } = fixtures.find((fixture) => fixture.name === name);
const steps = {};

async function step(label, work) {
  const start = performance.now();
  const result = await work();
  steps[label] = performance.now() - start;
  return result;
}

async function wasm() {
  const { CompiledBundle, initializeSync } = await import('../../wasm/dist/slim.js');
  const bytes = readFileSync(new URL('../../wasm/dist/wasm/zen_edge_bg.wasm', import.meta.url));
  const module = await step('compileModule', () => new WebAssembly.Module(bytes));
  await step('instantiate', () => initializeSync(module));
  const bundle = await step('compileDocuments', () => CompiledBundle.compile(documents));
  const evaluate = () => bundle.evaluate(key, context);
  await step('firstEvaluation', evaluate);
  await step('secondEvaluation', evaluate);
}

async function node() {
  const require = createRequire(import.meta.url);
  const { ZenEngine } = await step('loadLibrary', () => require('@gorules/zen-engine-linux-x64-gnu'));
  const engine = await step('compileDocuments', () => new ZenEngine({ loader: { type: 'static', content: documents } }));
  const evaluate = () => engine.evaluate(key, context);
  await step('firstEvaluation', evaluate);
  await step('secondEvaluation', evaluate);
}

await { wasm, node }[contender]();
process.stdout.write(JSON.stringify(steps));
process.exit();
