// Evaluates fixtures in wasm: `node fixtures.mjs FOLDER CASES OUT`.
//
// CASES is what `xtask cases` lists; OUT gets the answers as JSON text, which `xtask conformance`
// compares with the native ones. The texts are passed on as they are: parsing them here would round
// numbers beyond 2^53.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, casesFile, out] = process.argv.slice(2);
const dist = join(createRequire(import.meta.url).resolve('zen-edge/slim'), '..');
const { BundleBuilder, initSync } = await import(join(dist, 'wasm/zen_edge.js'));
initSync({ module: readFileSync(join(dist, 'wasm/zen_edge_bg.wasm')) });

const { keys, cases } = JSON.parse(readFileSync(casesFile, 'utf8'));
const builder = new BundleBuilder('', true);
for (const key of keys) builder.addBytes(key, readFileSync(join(folder, key)));
const bundle = builder.compile();

const outcomes = cases.map(({ key, name, input, now }) => {
  const options = JSON.stringify({ trace: true, ...(now === null ? {} : { now }) });
  return { key, name, answer: answer(key, input, options) };
});
writeFileSync(out, JSON.stringify(outcomes));

function answer(key, input, options) {
  try {
    return bundle.evaluateSync(key, input, options);
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
