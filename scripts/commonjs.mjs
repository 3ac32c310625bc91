// Adds CommonJS to wasm/dist, for Node without `require` of ES modules: every file once more in a folder
// of type commonjs, with its declarations, whose form TypeScript reads from where they are.

import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('../wasm/dist/', import.meta.url));
const outdir = `${dist}cjs/`;
const elsewhere = ['web.', 'workerd.', 'deno.', 'bun.', 'cjs/'];

const files = readdirSync(dist, { recursive: true }).filter((name) => !elsewhere.some((start) => name.startsWith(start)));
await build({
  entryPoints: files.filter((name) => name.endsWith('.js')).map((name) => dist + name),
  outdir,
  outbase: dist,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // The wasm files are not there twice: what looks for them looks in the folder above.
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "'use strict';\nconst moduleUrl = require('node:url').pathToFileURL(require('node:path').dirname(__dirname) + '/').href;" },
  logLevel: 'warning',
});
for (const name of files.filter((name) => name.endsWith('.d.ts') && !name.startsWith('wasm/'))) cpSync(dist + name, outdir + name);
writeFileSync(`${outdir}package.json`, '{ "type": "commonjs" }\n');
