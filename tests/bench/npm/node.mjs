/** The contenders that need Node: the native engine, and Cedar's module as Node loads it. */

import { createRequire } from 'node:module';
import { asDecision } from './prices.mjs';
import { cedarWith, jsonLogic, jsonRulesEngine, zenEdge, zenEdgeSync } from './contenders.mjs';

const require = createRequire(import.meta.url);

/** `@gorules/zen-engine`: `await engine.evaluate(key, object)`, documents compiled beforehand. */
async function native(prices) {
  const { ZenEngine } = require('@gorules/zen-engine-linux-x64-gnu');
  const engine = new ZenEngine({ loader: { type: 'static', content: { 'prices.json': asDecision(prices) } } });
  return async (context) => (await engine.evaluate('prices.json', context)).result;
}

async function cedar(prices) {
  return cedarWith(require('@cedar-policy/cedar-wasm/nodejs'), prices);
}

export const contenders = {
  'zen-edge': zenEdge,
  'zen-edge sync': zenEdgeSync,
  '@gorules/zen-engine': native,
  'json-rules-engine': jsonRulesEngine,
  'json-logic-js': jsonLogic,
  '@cedar-policy/cedar-wasm': cedar,
};
