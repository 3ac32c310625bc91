// Each function has a JavaScript runtime of its own, though it is copied and not made.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledBundle } from 'zen-edge';
import { functionV1, functionV2, graph } from './documents.mjs';

const one = (document, limits) => CompiledBundle.compile({ d: document }, { limits });
const forms = { 'a function': functionV2, 'a function of the first form': functionV1 };

for (const [form, write] of Object.entries(forms)) {
  test(`${form} leaves nothing to the next`, () => {
    const bundle = one(
      write(`
        const seen = [globalThis.left, Array.prototype.left, Object.prototype.left, Math.left, JSON.stringify.left];
        globalThis.left = 1; Array.prototype.left = 1; Object.prototype.left = 1; Math.left = 1;
        JSON.stringify.left = 1; Math.max = () => 'broken'; globalThis.Promise = null;
        return { seen: seen.filter((value) => value !== undefined).length, max: String([1, 2].length) };`),
    );
    for (let round = 0; round < 5; round += 1) {
      assert.deepEqual(bundle.evaluateSync('d', {}).result, { seen: 0, max: '2' });
    }
  });

  test(`${form} works again after one that used up memory or work`, () => {
    const source = `
      if (input.waste === 'memory') { const all = []; for (;;) all.push(new Array(1000).fill(input)); }
      if (input.waste === 'work') for (;;);
      if (input.waste === 'stack') { const down = () => down() + 1; down(); }
      if (input.waste === 'throw') throw new Error('no');
      return { sum: [1, 2, 3].reduce((a, b) => a + b) };`;
    const bundle = one(write(source), { functionBytes: 4 << 20 });
    for (const waste of ['memory', 'work', 'stack', 'throw', 'memory']) {
      assert.throws(() => bundle.evaluateSync('d', { waste }), waste);
      assert.deepEqual(bundle.evaluateSync('d', {}).result, { sum: 6 });
    }
  });

  test(`${form} draws other random numbers each time, and the same at the same clock`, () => {
    const bundle = one(write('return { draws: [Math.random(), Math.random()], inside: Math.random() < 1 };'));
    const draws = (options) => JSON.stringify(bundle.evaluateSync('d', {}, options).result.draws);
    assert.equal(new Set(Array.from({ length: 20 }, () => draws())).size, 20);
    const now = Date.UTC(2026, 2, 15);
    assert.equal(draws({ now }), draws({ now }));
    assert.notEqual(draws({ now }), draws({ now: now + 1 }));
  });

  test(`${form} sees a clock that starts when it does`, () => {
    const bundle = one(write('return { origin: performance.timeOrigin, now: performance.now(), date: Date.now() };'));
    for (const now of [0, Date.UTC(2001, 0, 1), Date.UTC(2040, 0, 1)]) {
      assert.deepEqual(bundle.evaluateSync('d', {}, { now }).result, { origin: now, now: 0, date: now });
    }
    const before = Date.now();
    const { origin, now } = bundle.evaluateSync('d', {}).result;
    assert.ok(origin >= before - 1 && now >= 0, `${origin} ${now} ${before}`);
  });
}

test('functions that wait for each other have a runtime each', async () => {
  const bundle = one(
    functionV2(`
      globalThis.mine = input.id;
      for (let turn = 0; turn < 3; turn += 1) {
        await console.sleep(1 + (input.id % 3));
        if (globalThis.mine !== input.id) return { id: 'of another' };
      }
      return { id: globalThis.mine };`),
  );
  const ids = Array.from({ length: 25 }, (_, id) => id);
  const answers = await Promise.all(ids.map((id) => bundle.evaluate('d', { id })));
  assert.deepEqual(answers.map(({ result }) => result.id), ids);
});

test('a function calls a decision with functions of both forms', () => {
  const source = `
    import zen from 'zen';
    export const handler = async (input) => {
      globalThis.left = 'outer';
      const one = await zen.evaluate('first', input);
      const two = await zen.evaluate('second', input);
      return { one: one.result.left, two: two.result.left, own: globalThis.left };
    };`;
  const bundle = CompiledBundle.compile({
    outer: graph('functionNode', { source }),
    first: functionV1('return { left: String(globalThis.left) };'),
    second: functionV2('return { left: String(globalThis.left) };'),
  });
  for (let round = 0; round < 3; round += 1) {
    const { result } = bundle.evaluateSync('outer', {});
    assert.deepEqual(result, { one: 'undefined', two: 'undefined', own: 'outer' });
  }
});

test('a function may hold more than a copied runtime has room for, again and again', () => {
  const bundle = one(functionV2('const all = Array.from({ length: input.n }, (_, i) => ({ i, text: `item ${i}` })); return { last: all.at(-1) };'));
  const n = 40_000;
  const run = () => assert.equal(bundle.evaluateSync('d', { n }).result.last.i, n - 1);
  run();
  for (let round = 0; round < 30; round += 1) run();
});
