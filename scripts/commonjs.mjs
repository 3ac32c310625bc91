// Adds CommonJS to wasm/dist, for Node without `require` of ES modules: every file once more in a folder
// of type commonjs, with its declarations, whose form TypeScript reads from where they are.

import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const dist = fileURLToPath(new URL('../wasm/dist/', import.meta.url));
const out = `${dist}cjs/`;
const elsewhere = ['web.', 'workerd.', 'deno.', 'bun.', 'cjs/'];

const files = readdirSync(dist, { recursive: true }).filter((name) => !elsewhere.some((start) => name.startsWith(start)));
mkdirSync(out);
writeFileSync(`${out}package.json`, '{ "type": "commonjs" }\n');
for (const name of files.filter((name) => name.endsWith('.d.ts') && !name.startsWith('wasm/'))) cpSync(dist + name, out + name);
// One by one and as text: esbuild's `build` would see that they are of type module, and have their default
// imports be what they are not of CommonJS.
for (const name of files.filter((name) => name.endsWith('.js'))) {
  const { code } = transformSync(readFileSync(dist + name, 'utf8'), {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // The wasm files are not there twice: what looks for them looks in the folder above.
    define: { 'import.meta.url': 'moduleUrl' },
    banner: "'use strict';\nconst moduleUrl = require('node:url').pathToFileURL(require('node:path').dirname(__dirname) + '/').href;",
  });
  mkdirSync(dirname(out + name), { recursive: true });
  writeFileSync(out + name, code);
}
