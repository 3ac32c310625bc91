// Evaluates fixtures in whatever host imports this.
//
// The texts of contexts and answers are passed on as they are: parsing them here would round numbers
// beyond 2^53.

/**
 * The outcomes of `cases` as `xtask conformance --wasm` reads them: `[{ key, name, answer }]`, `answer`
 * being JSON text. `documents` are pairs of key and JSON text; `BundleBuilder` is the module's own.
 */
export function answers(BundleBuilder, documents, cases) {
  const builder = new BundleBuilder('', true);
  for (const [key, text] of documents) builder.add(key, text);
  const bundle = builder.compile();
  return cases.map(({ key, name, input, now }) => {
    const options = JSON.stringify({ trace: true, ...(now === null ? {} : { now }) });
    return { key, name, answer: answer(bundle, key, input, options) };
  });
}

function answer(bundle, key, input, options) {
  try {
    return bundle.evaluateSync(key, new TextEncoder().encode(input), options, false);
  } catch (thrown) {
    // The binding throws `{"message", "code", "error"}` as text; anything else is a trap.
    if (typeof thrown !== 'string') throw new Error(`${key} trapped`, { cause: thrown });
    return `{"error":${engineError(thrown)}}`;
  }
}

// `error` is the last but one member in the text ("code" < "error" < "message"), cut out unparsed.
function engineError(text) {
  return text.slice(text.indexOf('"error":') + '"error":'.length, text.lastIndexOf(',"message":'));
}
