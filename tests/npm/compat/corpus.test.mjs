// Every decision of the corpus with every test of it: results, traces and errors of both engines.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { native, ours, outcome } from './engines.mjs';
import { newer } from './differences.mjs';

const folder = new URL('../../corpus/', import.meta.url);
const keys = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.json')).sort();
const documents = new Map(keys.map((key) => [key.toLowerCase(), readFileSync(new URL(key, folder))]));
// Some documents write keys in another case, which native leaves to the loader.
const loader = async (key) => documents.get(key.toLowerCase());
const engines = [new native.ZenEngine({ loader }), new ours.ZenEngine({ loader })];

let compared = 0;
for (const key of keys) {
  const { tests = [], now } = JSON.parse(documents.get(key.toLowerCase()));
  // Native has no clock that can be set, and random numbers are none to compare.
  if (now || key in newer) continue;
  test(key, async () => {
    for (const { name, input } of tests) {
      for (const trace of [false, true]) {
        const [theirs, mine] = await Promise.all(
          engines.map((engine) => outcome(() => engine.safeEvaluate(key, input, { trace, maxDepth: 10 }))),
        );
        assert.deepEqual(mine, theirs, `${name}, ${trace ? 'with' : 'without'} a trace`);
        compared += 1;
      }
    }
  });
}

test('documents that are left out are there, and few', () => {
  assert.deepEqual(Object.keys(newer).filter((key) => !keys.includes(key)), []);
  assert.ok(compared > 700, String(compared));
});
