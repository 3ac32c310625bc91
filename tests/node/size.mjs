// The module's size against the budget in wasm/size.json: `node size.mjs [--write]`.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = join(createRequire(import.meta.url).resolve('zen-edge/slim'), '..');
const file = new URL('../../wasm/size.json', import.meta.url);
const wasm = readFileSync(join(dist, 'wasm/zen_edge_bg.wasm'));

const measured = {
  raw: wasm.length,
  gzip: gzipSync(wasm, { level: 9 }).length,
  brotli: brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } }).length,
};
const size = JSON.parse(readFileSync(file, 'utf8'));

let within = true;
for (const [form, bytes] of Object.entries(measured)) {
  const { budget } = size[form];
  const good = bytes <= budget;
  within &&= good;
  console.log(`size ${form}: ${bytes} bytes, budget ${budget}${good ? '' : ': OVER BUDGET'}`);
  size[form].bytes = bytes;
}
if (process.argv.includes('--write')) writeFileSync(file, `${JSON.stringify(size, null, 2)}\n`);
process.exitCode = within ? 0 : 1;
