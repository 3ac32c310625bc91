// Every broken repository is refused in wasm as it is natively.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import wasm from '../../target/wasm-tests/zen_edge_wasm_tests.js';

const broken = fileURLToPath(new URL('../tuf/broken', import.meta.url));

function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => [path.slice(folder.length + 1), new Uint8Array(readFileSync(path))]);
}

test('every broken repository is refused by its name', () => {
  const names = readdirSync(broken);
  assert.ok(names.length >= 40);
  for (const name of names) {
    const [expected, found] = wasm.tuf(files(join(broken, name)));
    assert.equal(found, expected, name);
  }
});

// What the corpus of the fuzz targets comes to; `crates/bundle/tests/corpus.rs` holds it against the
// native reader.
const corpus = new URL('../../fuzz/corpus/bundle/', import.meta.url);
const outcomes = JSON.parse(readFileSync(new URL('../../fuzz/corpus/bundle.json', import.meta.url), 'utf8'));

test('bundles are read or refused by name, whole, cut off and with any bit flipped', () => {
  assert.deepEqual(readdirSync(corpus).sort(), Object.keys(outcomes));
  for (const [name, expected] of Object.entries(outcomes)) {
    const whole = new Uint8Array(readFileSync(new URL(name, corpus)));
    assert.equal(wasm.bundle(whole), expected, name);
    for (let length = 0; length < whole.length; length += 7) {
      assert.match(wasm.bundle(whole.subarray(0, length)), /^[a-z]+$/i, `${name}, ${length} bytes`);
    }
    for (let bit = 0; bit < whole.length * 8; bit += 5) {
      const flipped = whole.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      assert.match(wasm.bundle(flipped), /^\w+$/, `${name}, bit ${bit}`);
    }
  }
});
