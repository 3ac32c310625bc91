/** What a page runs: one contender, from the start of the navigation to its first answer. */

import { cedarWith, jsonLogic, jsonRulesEngine, zenEdge } from './contenders.mjs';
import { prices } from './prices.mjs';

async function cedar(table) {
  const module = await import('@cedar-policy/cedar-wasm/web');
  await module.default({ module_or_path: '/cedar_wasm_bg.wasm' });
  return cedarWith(module, table);
}

const contenders = { 'zen-edge': zenEdge, 'json-rules-engine': jsonRulesEngine, 'json-logic-js': jsonLogic, '@cedar-policy/cedar-wasm': cedar };
const table = prices(10, 2);
const answer = await contenders[decodeURIComponent(location.hash.slice(1))](table);
await answer(table.context);
console.log(JSON.stringify(performance.now()));
