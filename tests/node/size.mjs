// Sizes against the budgets in `size.json` files: `node size.mjs [--write]`.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What each file with budgets is about: a function gives the bytes by form. */
const files = {
  'wasm/size.json': {
    zen_edge: () => compressed('wasm/dist/wasm/zen_edge_bg.wasm'),
    zen_edge_releases: () => compressed('wasm/dist/wasm/zen_edge_releases_bg.wasm'),
    zen_edge_workspace: () => compressed('wasm/dist/wasm/zen_edge_workspace_bg.wasm'),
    package: packed,
  },
  'worker/size.json': { '': () => compressed('worker/dist/zen_edge_worker.wasm') },
  'worker/replicator/size.json': { '': () => compressed('worker/replicator/dist/zen_edge_replicator.wasm') },
};

let within = true;
for (const [file, parts] of Object.entries(files)) {
  const json = JSON.parse(readFileSync(root + file, 'utf8'));
  for (const [part, measure] of Object.entries(parts)) {
    const budgets = part === '' ? json : json[part];
    for (const [form, bytes] of Object.entries(measure())) {
      const { budget } = budgets[form];
      const good = bytes <= budget;
      within &&= good;
      console.log(`${file}${part && ` ${part}`} ${form}: ${bytes} bytes, budget ${budget}${good ? '' : ': OVER BUDGET'}`);
      budgets[form].bytes = bytes;
    }
  }
  if (process.argv.includes('--write')) writeFileSync(root + file, `${JSON.stringify(json, null, 2)}\n`);
}
process.exitCode = within ? 0 : 1;

function compressed(file) {
  const wasm = readFileSync(root + file);
  return {
    raw: wasm.length,
    // By the program: what Node's zlib writes differs between its versions.
    gzip: execFileSync('gzip', ['-9', '--no-name', '--stdout', root + file], { maxBuffer: wasm.length }).length,
    brotli: brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } }).length,
  };
}

/** What npm sends, and what is on the disk after that. */
function packed() {
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--loglevel=error'], { cwd: `${root}wasm`, encoding: 'utf8' });
  const json = JSON.parse(text);
  // npm 12 gives an object of packages by name, earlier ones a list.
  const [{ size, unpackedSize }] = Array.isArray(json) ? json : Object.values(json);
  return { tarball: size, unpacked: unpackedSize };
}
