// The modules' sizes against the budgets in their `size.json`: `node size.mjs [--write]`.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Each module, and the file with its budget. */
const modules = [
  ['wasm/dist/wasm/zen_edge_bg.wasm', 'wasm/size.json'],
  ['wasm/dist/wasm/zen_edge_releases_bg.wasm', 'wasm/releases/size.json'],
  ['worker/dist/zen_edge_worker.wasm', 'worker/size.json'],
  ['worker/replicator/dist/zen_edge_replicator.wasm', 'worker/replicator/size.json'],
];

let within = true;
for (const [module, file] of modules) {
  const wasm = readFileSync(root + module);
  const measured = {
    raw: wasm.length,
    gzip: gzipSync(wasm, { level: 9 }).length,
    brotli: brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } }).length,
  };
  const size = JSON.parse(readFileSync(root + file, 'utf8'));
  for (const [form, bytes] of Object.entries(measured)) {
    const { budget } = size[form];
    const good = bytes <= budget;
    within &&= good;
    console.log(`${module} ${form}: ${bytes} bytes, budget ${budget}${good ? '' : ': OVER BUDGET'}`);
    size[form].bytes = bytes;
  }
  if (process.argv.includes('--write')) writeFileSync(root + file, `${JSON.stringify(size, null, 2)}\n`);
}
process.exitCode = within ? 0 : 1;
