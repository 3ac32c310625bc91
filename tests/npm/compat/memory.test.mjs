// Memory outside JavaScript's heap comes to rest: it is counted in pages, not timed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CompiledBundle, ZenDecisionContent, ZenEngine } from 'zen-edge';
import initialized from '../../../wasm/dist/wasm/zen_edge.js';
import { bytes, expressions, functionV2, held, rules } from './documents.mjs';

// The module is loaded already; asking again only hands over what it exports.
const { memory } = await initialized();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const pages = () => memory.buffer.byteLength / 65_536;

/** Runs rounds of the same work: after the first ones no page may be added. */
async function rests(rounds, work) {
  const warm = Math.ceil(rounds / 10);
  for (let round = 0; round < warm; round += 1) await work(round);
  const before = pages();
  for (let round = warm; round < rounds; round += 1) await work(round);
  assert.equal(pages(), before);
}

const context = { a: 2, b: 3, total: 120, name: 'Ada', items: Array.from({ length: 20 }, (_, n) => ({ n })) };

test('100 000 evaluations', async () => {
  const documents = { t: rules['table.json'], e: rules['sum.json'], c: rules['calls.json'], 'sum.json': rules['sum.json'] };
  const engine = new ZenEngine({ loader: held(documents) });
  const keys = ['t', 'e', 'c', 'nowhere'];
  await rests(100_000, (round) => {
    const options = round % 5 === 0 ? { trace: true } : undefined;
    return round % 2 === 0 ? engine.safeEvaluate(keys[round % 4], context, options) : sync(engine, keys[round % 4]);
  });
});

function sync(engine, key) {
  try {
    return engine.evaluateSync(key, context);
  } catch (error) {
    assert.equal(error.code, 'notFound');
    return undefined;
  }
}

test('2 000 evaluations of functions', async () => {
  const engine = new ZenEngine({ loader: held({ f: functionV2('return { n: input.items.length };') }) });
  await rests(2_000, () => engine.evaluate('f', context));
});

test('500 engines that are made, used and disposed of', async () => {
  const loader = async (key) => bytes(rules[key]);
  await rests(500, async (round) => {
    const still = new ZenEngine({ loader: held({ e: expressions({ x: `a + ${round}` }), t: rules['table.json'] }) });
    const asking = new ZenEngine({ loader });
    const content = new ZenDecisionContent(rules['switch.json']);
    const decision = still.createDecision(rules['sum.json']);
    const other = still.createDecision(content);
    const answers = await Promise.all([
      still.evaluate('e', context),
      asking.evaluate('calls.json', context),
      decision.evaluate(context),
      other.evaluate(context),
      (await still.getDecision('t')).evaluate(context),
    ]);
    assert.equal(answers[0].result.x, 2 + round);
    for (const one of [other, decision, content, asking, still]) one[Symbol.dispose]();
  });
});

test('500 bundles, and decisions that nobody disposes of but the finalizer', async () => {
  await rests(500, async (round) => {
    const bundle = CompiledBundle.compile({ e: rules['sum.json'] });
    bundle.evaluateSync('e', context);
    new ZenDecisionContent(rules['switch.json']);
    if (round % 25 === 0) {
      collect();
      // Finalizers run as tasks of their own.
      await new Promise((done) => setImmediate(done));
    }
  });
});
