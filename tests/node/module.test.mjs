// What the wasm module asks of its host: wasm-bindgen's glue and nothing else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

const dist = join(createRequire(import.meta.url).resolve('zen-edge/package.json'), '../dist');
const bytes = readFileSync(join(dist, 'wasm/zen_edge_bg.wasm'));
const module = new WebAssembly.Module(bytes);

test('the module imports nothing beyond the glue of wasm-bindgen', () => {
  const glue = readFileSync(join(dist, 'wasm/zen_edge.js'), 'utf8');
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    assert.equal(from, './zen_edge_bg.js', `${from}.${name}`);
    assert.match(name, /^(__wbindgen_|__wbg_)/);
    assert.ok(glue.includes(name), `${name} is not in the glue`);
  }
});

test('the module brings its own memory, which is not shared', () => {
  const imports = WebAssembly.Module.imports(module);
  assert.ok(!imports.some(({ kind }) => kind === 'memory'));
  const { memory } = new WebAssembly.Instance(module, stubs(imports)).exports;
  assert.ok(memory.buffer instanceof ArrayBuffer);
  assert.ok(memory.buffer.byteLength < 16 * 1024 * 1024, 'a fresh instance takes less than 16 MiB');
});

test('no part of a WASI command is left', () => {
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  assert.ok(!exports.some((name) => name === '_start' || name.endsWith('command_export')), exports.join());
});

function stubs(imports) {
  const glue = {};
  for (const { name } of imports) glue[name] = () => assert.fail(`${name} was called`);
  return { './zen_edge_bg.js': glue };
}
