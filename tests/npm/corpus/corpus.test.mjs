// The corpus in Chromium and in workerd: the same answers and traces as native, to the last digit.
//
// Native evaluates it in `xtask`, which also compares.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder, root } from '../../worker/support/processes.mjs';
import { serve, startChromium } from '../packaging/support/browser.mjs';
import { serveWorker } from '../packaging/support/workerd.mjs';
import { readCases } from './cases.mjs';

const xtask = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/xtask');
const corpus = join(root, 'tests/corpus');
const answering = fileURLToPath(new URL('./answers.mjs', import.meta.url));

test('Chromium answers as native does', async (t) => {
  const path = folder(t);
  const cases = await fixtures(path);
  cpSync(join(root, 'wasm/dist'), join(path, 'dist'), { recursive: true });
  cpSync(answering, join(path, 'answers.mjs'));
  writeFileSync(join(path, 'index.html'), '<!doctype html>');
  const page = await (await startChromium(t)).newPage();
  await page.goto(`${await serve(t, path)}index.html`);
  const outcomes = await page.evaluate(async ({ documents, cases }) => {
    await import('/dist/web.js');
    const [{ BundleBuilder }, { answers }] = await Promise.all([import('/dist/wasm/zen_edge.js'), import('/answers.mjs')]);
    return JSON.stringify(answers(BundleBuilder, documents, cases));
  }, cases);
  await compare(path, outcomes);
});

test('workerd answers as native does', async (t) => {
  const path = folder(t);
  const cases = await fixtures(path);
  mkdirSync(join(path, 'node_modules'));
  symlinkSync(join(root, 'wasm'), join(path, 'node_modules/zen-edge'));
  cpSync(answering, join(path, 'answers.mjs'));
  writeFileSync(join(path, 'main.mjs'), `
    import 'zen-edge';
    import { BundleBuilder } from './node_modules/zen-edge/dist/wasm/zen_edge.js';
    import { answers } from './answers.mjs';
    export default {
      async fetch(request) {
        const { documents, cases } = await request.json();
        return Response.json(answers(BundleBuilder, documents, cases));
      },
    };`);
  const url = await serveWorker(t, path, 'main.mjs');
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(cases) });
  const outcomes = await response.text();
  assert.equal(response.status, 200, outcomes);
  await compare(path, outcomes);
});

async function fixtures(path) {
  const { stdout } = await run(xtask, ['cases', corpus]);
  writeFileSync(join(path, 'cases.json'), stdout);
  return readCases(corpus, join(path, 'cases.json'));
}

/** Fails with what `xtask` says of the outcomes that differ. */
async function compare(path, outcomes) {
  writeFileSync(join(path, 'outcomes.json'), outcomes);
  const { stdout } = await run(xtask, ['conformance', corpus, '--wasm', join(path, 'outcomes.json')]);
  const [, same, all] = /^same answers and traces: (\d+)\/(\d+)$/m.exec(stdout);
  assert.equal(same, all);
  assert.ok(Number(all) > 500, `${all} cases`);
}

async function run(program, parameters) {
  try {
    return await promisify(execFile)(program, parameters, { maxBuffer: 64 << 20 });
  } catch (failure) {
    throw new Error(`${failure.message}\n${failure.stdout}`);
  }
}
