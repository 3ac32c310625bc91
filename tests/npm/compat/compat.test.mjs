// The same calls to `@gorules/zen-engine` and to zen-edge come to the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from './calls.mjs';
import { differences } from './differences.mjs';
import { brief, native, ours, outcome } from './engines.mjs';

for (const [name, call] of Object.entries(calls)) {
  test(name, async () => {
    const [theirs, mine] = [await outcome(() => call(native)), await outcome(() => call(ours))];
    const difference = differences[name];
    if (!difference) return assert.deepEqual(mine, theirs);
    // What is meant to differ is known on both sides, so that the table cannot grow stale.
    assert.deepEqual({ native: brief(theirs), ours: brief(mine) }, { native: difference.native, ours: difference.ours });
    assert.notDeepEqual(mine, theirs);
    assert.ok(difference.why.length > 20, 'a reason');
  });
}

test('every difference is one of a call', () => {
  assert.deepEqual(Object.keys(differences).filter((name) => !(name in calls)), []);
});
