// Evaluates fixtures in wasm in Node: `node fixtures.mjs FOLDER CASES OUT`.
//
// CASES is what `xtask cases` lists; OUT gets the answers, which `xtask conformance` compares with the
// native ones. Chromium and workerd do the same in tests/npm/corpus.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { answers } from '../npm/corpus/answers.mjs';
import { readCases } from '../npm/corpus/cases.mjs';

const [folder, casesFile, out] = process.argv.slice(2);
const dist = join(createRequire(import.meta.url).resolve('zen-edge/zen_edge.wasm'), '../..');
const { BundleBuilder, initSync } = await import(join(dist, 'wasm/zen_edge.js'));
initSync({ module: readFileSync(join(dist, 'wasm/zen_edge_bg.wasm')) });

const { documents, cases } = readCases(folder, casesFile);
writeFileSync(out, JSON.stringify(answers(BundleBuilder, documents, cases)));
