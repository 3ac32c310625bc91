// A release that is shipped with an app: opened, compiled, evaluated, tested.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { ZenError, loadBundle } from 'zen-edge';
import { expressions } from '../../node/documents.mjs';
import { scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { zip } from './support.mjs';

describe('a bundle that is loaded', () => {
  const t = scope();
  let bytes;

  before(async () => {
    const site = await Site.make(t);
    const file = await site.pack('pricing', '1.2.0', {
      'Main.json': expressions({ sum: 'a + b', when: 'd().format("%Y")' }),
      'tests/main.json': JSON.stringify({
        contentType: 'test',
        filePath: 'main.json',
        now: '2026-03-15T09:30:00Z',
        testCases: [
          { name: 'right', input: { a: 1, b: 2 }, smoke: true, output: { sum: 3, when: '2026' } },
          { name: 'wrong', input: { a: 1, b: 2 }, output: { sum: 4, when: '2026' } },
          { name: 'off', input: {}, disabled: true, output: {} },
        ],
      }),
    });
    bytes = new Uint8Array(readFileSync(file));
  });

  test('evaluates, at once and later, and says which release it is', async () => {
    const bundle = await loadBundle(new Response(bytes));
    assert.deepEqual(bundle.keys(), ['Main.json']);
    assert.deepEqual([bundle.release.project, bundle.release.version, bundle.digest], ['pricing', '1.2.0', bundle.release.digest]);
    assert.equal(bundle.evaluateSync('main.json', { a: 1, b: 2 }).result.sum, 3);
    assert.equal((await bundle.evaluate('MAIN.json', { a: 2, b: 2 })).result.sum, 4);
    assert.deepEqual(bundle.report.failures, []);
    bundle.dispose();
    assert.throws(() => bundle.evaluateSync('main.json', {}));
  });

  test('runs its own test cases, and says what is wrong with which', async () => {
    const bundle = await loadBundle(bytes);
    const outcomes = bundle.runTests();
    assert.deepEqual(outcomes.map(({ case: { name }, fault }) => [name, fault === undefined]), [['right', true], ['wrong', false]]);
    assert.match(outcomes[1].fault, /sum/);
    assert.equal(outcomes[0].document.filePath, 'main.json');
    assert.deepEqual(bundle.runTests({ smokeOnly: true }).map(({ case: { name } }) => name), ['right']);
    bundle.dispose();
  });

  test('is refused by its digest, its form or its decisions', async () => {
    await assert.rejects(loadBundle(bytes, { digest: '0'.repeat(64) }), { code: 'digestMismatch' });
    await assert.rejects(loadBundle(bytes.subarray(1)), { code: 'malformed' });
    await assert.rejects(loadBundle(bytes, { bundleLimits: { documents: 0 } }), { code: 'limitExceeded' });
    const broken = zip([['main.json', JSON.stringify({ nodes: [], edges: [] })]]);
    await assert.rejects(loadBundle(broken), (error) => error instanceof ZenError && error.code === 'notCompiled');
    const rest = await loadBundle(broken, { onFailure: 'exclude' });
    assert.equal(rest.report.failures.length, 1);
    rest.dispose();
  });
});
