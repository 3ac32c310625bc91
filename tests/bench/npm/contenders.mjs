/**
 * The rules engines of the comparison, each as its documentation has it, in its fastest form. They run in
 * Node and in a page: `load(prices)` gives a function from a context to the answer.
 */

import { asCedar, asDecision, asJsonLogic, asRules } from './prices.mjs';

/** `zen-edge`: `await bundle.evaluate(key, object)`. */
export async function zenEdge(prices) {
  const { CompiledBundle } = await import('zen-edge');
  const bundle = CompiledBundle.compile({ 'prices.json': asDecision(prices) });
  return async (context) => (await bundle.evaluate('prices.json', context)).result;
}

/** `zen-edge`, at once: `bundle.evaluateSync`. */
export async function zenEdgeSync(prices) {
  const { CompiledBundle } = await import('zen-edge');
  const bundle = CompiledBundle.compile({ 'prices.json': asDecision(prices) });
  return (context) => bundle.evaluateSync('prices.json', context).result;
}

/** json-rules-engine: all rules in order, stopped at the first that holds. */
export async function jsonRulesEngine(prices) {
  const module = await import('json-rules-engine');
  // Bundlers for browsers have CommonJS as the default export alone.
  const { Engine } = module.Engine ? module : module.default;
  const engine = new Engine(asRules(prices));
  engine.on('success', () => engine.stop());
  return async (context) => (await engine.run(context)).events[0].params;
}

/** json-logic-js: one nested `if`, interpreted. */
export async function jsonLogic(prices) {
  const { default: engine } = await import('json-logic-js');
  const logic = asJsonLogic(prices);
  return (context) => engine.apply(logic, context);
}

const uid = (type) => ({ type, id: 'one' });

/** Cedar's call for policies that were parsed before; the answer is the policy that permits. */
export function cedarWith({ preparsePolicySet, statefulIsAuthorized }, prices) {
  const parsed = preparsePolicySet(prices.name, { staticPolicies: asCedar(prices) });
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed).slice(0, 500));
  const request = { principal: uid('User'), action: uid('Action'), resource: uid('Price'), preparsedPolicySetId: prices.name, entities: [] };
  return (context) => {
    const answer = statefulIsAuthorized({ ...request, context });
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer).slice(0, 500));
    return { offer: answer.response.diagnostics.reason[0] };
  };
}
