// A trap of the engine's module: what its users are told.
//
// The module is the one that ships, with less memory: a decision that needs more of it traps.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CompiledBundle, ZenError, evaluateExpressionSync, initializeSync } from 'zen-edge/slim';
import { expressions } from '../node/documents.mjs';
import { limitMemory } from '../worker/support/memory.mjs';

const hungry = expressions({ length: 'len(map([1..700000], {a: #, b: string(#)}))' });
/** 640 pages are 40 MiB. */
const PAGES = 640;

test('a trap and all that comes after it are errors that say so', async () => {
  const module = fileURLToPath(import.meta.resolve('zen-edge/zen_edge.wasm'));
  initializeSync(limitMemory(readFileSync(module), PAGES));
  const bundle = CompiledBundle.compile({ hungry, sum: expressions({ sum: 'a + b' }) });
  assert.deepEqual(bundle.evaluateSync('sum', { a: 1, b: 2 }).result, { sum: 3 });
  const told = (error) => {
    assert.ok(error instanceof ZenError);
    assert.deepEqual([error.code, error.error.type], ['internal', 'Internal']);
    assert.match(error.message, /load the page or the process again/);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    return true;
  };
  assert.throws(() => bundle.evaluateSync('hungry', {}), told);
  await assert.rejects(bundle.evaluate('sum', { a: 1, b: 2 }), told);
  assert.throws(() => CompiledBundle.compile({ sum: expressions({ sum: 'a + b' }) }).evaluateSync('sum', {}), told);
  assert.throws(() => evaluateExpressionSync('1 + 1'), { code: 'internal' });
});
