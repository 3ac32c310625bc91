// Puts worker/dist together: `node worker.mjs <folder of wasm-bindgen's output> <folder of the result>`.
//
// wasm-bindgen writes a module with one instance in it. The Worker replaces an instance that has died,
// so that module becomes a function here, whose calls share nothing, and which gives the exports to a
// guard before it uses them. Everything is then one file, which needs no bundler to deploy.

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [generated, dist] = process.argv.slice(2);
const worker = join(dirname(fileURLToPath(import.meta.url)), '../worker');

/** The bindings as a function of the compiled module and the guard. */
function bindings(path) {
  let text = readFileSync(path, 'utf8');
  const imports = [];
  text = text.replace(/^import .*$/gm, (line) => (imports.push(line), ''));
  text = once(text, /^export \{ initSync, .* \};$/m, '');
  const names = [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name);
  text = text.replace(/^export /gm, '');
  text = once(text, 'wasm = instance.exports;', 'wasm = guard(instance.exports);');
  return `${imports.join('\n')}
export default function (compiled, guard) {
${text}
initSync({ module: compiled });
return { ${names.join(', ')} };
}`;
}

function once(text, pattern, replacement) {
  const parts = text.split(pattern);
  if (parts.length !== 2) throw new Error(`the bindings of this wasm-bindgen are not as expected: ${pattern} ${parts.length - 1} times`);
  return parts.join(replacement);
}

await build({
  entryPoints: [join(worker, 'js/index.js')],
  outfile: join(dist, 'index.js'),
  bundle: true,
  format: 'esm',
  target: 'es2024',
  legalComments: 'none',
  external: ['*.wasm', '*.zip', 'cloudflare:*'],
  alias: { 'zen-edge:host': join(worker, 'js/host.js') },
  logLevel: 'warning',
  // wasm-bindgen names a module once for each function that it takes from it as it is.
  logOverride: { 'duplicate-object-key': 'silent' },
  plugins: [{
    name: 'bindings',
    setup(plugin) {
      plugin.onResolve({ filter: /^\.\/bindings\.js$/ }, () => ({ path: resolve(generated, 'zen_edge_worker.js'), namespace: 'bindings' }));
      plugin.onLoad({ filter: /.*/, namespace: 'bindings' }, ({ path }) => ({ contents: bindings(path), resolveDir: dirname(path) }));
    },
  }],
});
