// Where the two engines are meant to differ: what native answers, what zen-edge answers, and why.
// An answer is a value, or `thrown`, `rejected`, `unsuccessful` (of the calls that never reject).

const date = '1970-01-01T00:00:00.000Z';
const one = { a: 1 };
const sums = { sum: 5, twice: 4 };
const digits = { 0: 123, 1: 34, 2: 97, 3: 34, 4: 58, 5: 49, 6: 125 };
const context = { a: 2, b: 3, total: 120, name: 'Ada', n: 5 };

/** The same context given to a decision and to an expression; native's two answers may differ. */
const both = (name, native, ours, why, ofExpression = native) => ({
  [`context of a decision: ${name}`]: { native, ours, why },
  [`context of an expression: ${name}`]: { native: ofExpression, ours, why },
});

/** A document given to everything that takes one. */
const document = (name, calls, why) =>
  Object.fromEntries(Object.entries(calls).map(([call, ours]) => [`${call} ${name}`, { native: 'thrown', ours, why }]));

/** A loader's answer, to everything that asks it. */
const loaded = (name, why) => ({
  [`loader answers ${name}`]: { native: 'rejected', ours: one, why },
  [`loader answers ${name}, safely`]: { native: 'unsuccessful', ours: one, why },
  [`loader answers ${name} to getDecision`]: { native: 'rejected', ours: { instance: 'ZenDecision' }, why },
  [`loader answers ${name} to safeGetDecision`]: { native: 'unsuccessful', ours: { success: true, data: {} }, why },
});

const asJson = 'text and bytes are JSON: contexts come out of requests and files as these';
const echo = {
  nodes: [
    { id: 'in', name: 'In', type: 'inputNode', content: { schema: null } },
    { id: 'out', name: 'Out', type: 'outputNode', content: { schema: null } },
  ],
  edges: [{ id: '1', sourceId: 'in', targetId: 'out', sourceHandle: null }],
};

export const differences = {
  ...both('a date', { d: {} }, { d: date }, 'an empty object is of no use to a rule'),
  ...both('an invalid date', { d: {} }, 'thrown', 'JSON.stringify would make it null, which a rule takes for no date'),
  ...both('something with toJSON', 'thrown', { a: { b: 1 } }, 'as JSON.stringify: Decimal, Temporal and their like have it'),
  ...both('a Buffer inside', 'thrown', { b: { type: 'Buffer', data: [97, 98] } }, 'as JSON.stringify, by toJSON'),
  ...both('a symbol', 'thrown', {}, 'as JSON.stringify: what JSON has no word for is left out of objects'),
  ...both('a function', 'thrown', {}, 'as JSON.stringify: what JSON has no word for is left out of objects'),
  ...both('boxed values', { n: {} }, { n: 5 }, 'as JSON.stringify: the value, not the box'),
  ...both('what is inherited', { inherited: 1, own: 1 }, { own: 1 }, 'as JSON.stringify: own members only'),
  ...both('JSON text', {}, one, asJson, '{"a":1}'),
  ...both('bytes', digits, one, asJson),
  'context of a decision: text': { native: {}, ours: 'rejected', why: asJson },
  'context of an expression: text': { native: 'x', ours: 'thrown', why: asJson },

  ...document('text', { 'content from': echo, 'decision from': { instance: 'ZenDecision' }, 'validation of': undefined, 'evaluation of': context, 'static loader of': [] }, 'a document may come as JSON text everywhere'),
  ...document('a Buffer', { 'static loader of': [] }, 'a document may come as bytes everywhere'),
  ...document('bytes', { 'static loader of': [] }, 'a document may come as bytes everywhere'),
  ...loaded('text', 'a document may come as JSON text everywhere'),
  ...loaded('an object', 'a document may come as an object everywhere'),
  'a key in another case': { native: 'rejected', ours: sums, why: 'as the GoRules Agent, which looks keys up without regard to case' },
  'file ../outside.json': { native: sums, ours: 'rejected', why: 'a key, which may come from a request, leads nowhere outside of the folder' },

  'http without a handler': { native: { data: 'here' }, ours: 'rejected', why: 'rules reach no network unless the host grants it' },
  'an http handler without headers': { native: { error: 'Error: Error: Missing field `headers`\n' }, ours: { status: 200, data: 1, headers: {} }, why: 'an answer without headers has none' },
  'an http handler without data': { native: { error: 'Error: Error: Missing field `data`\n' }, ours: { status: 200, headers: {} }, why: 'an answer without a body has none' },

  'an http handler whose status is text': { native: { error: 'Error: Error: Failed to convert napi value String into rust type `u16` on ZenHttpHandlerResponse.status\n' }, ours: { error: 'Error: TypeError: the field `status` is a string; it must be a number\n' }, why: 'the function reads words; these say what to do' },

  'a static loader after dispose': { native: sums, ours: 'rejected', why: 'dispose gives the memory of the documents back' },
};

const dates = 'methods and formats of dates that the engine has since 2.1';
const missing = 'since 2.1 the engine names the inputs that a policy misses';

/** Documents of the corpus that engine 2.0, which native has, evaluates in another way than 2.1. */
export const newer = {
};
