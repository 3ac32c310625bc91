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
