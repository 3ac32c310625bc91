// The scenarios and the random test that the native runtime passes, in wasm.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import wasm from '../../target/wasm-tests/zen_edge_wasm_tests.js';

const folder = new URL('../scenarios/', import.meta.url);
const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.json'));

function outcome(action) {
  try {
    action();
    return undefined;
  } catch (failure) {
    return String(failure);
  }
}

test('every scenario holds', () => {
  assert.ok(names.length >= 60);
  const failures = names
    .map((name) => [name, outcome(() => wasm.scenario(readFileSync(new URL(name, folder), 'utf8')))])
    .filter(([, failure]) => failure !== undefined);
  assert.deepEqual(failures, []);
});

test('a scenario whose expectation is wrong fails', () => {
  const text = JSON.stringify({ ...JSON.parse(readFileSync(new URL(names[0], folder), 'utf8')), finally: { ready: 'never' } });
  assert.notEqual(outcome(() => wasm.scenario(text)), undefined);
});

test('whatever happens, some things stay true', () => {
  assert.equal(outcome(() => wasm.model(7, 2_000)), undefined);
});
