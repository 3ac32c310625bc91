// The installed package in what bundlers write for servers, and in workerd.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build as esbuild } from 'esbuild';
import webpack from 'webpack';
import { expected } from './support/exercise.mjs';
import { answer, discount, exerciser, projects, sample } from './support/project.mjs';
import { serveWorker } from './support/workerd.mjs';

const project = projects();

test('esbuild bundles for Node, in both forms', async (t) => {
  for (const [format, out] of [['esm', 'out/main.mjs'], ['cjs', 'out/main.cjs']]) {
    const folder = await project(t, { 'main.mjs': exerciser });
    await esbuild({ absWorkingDir: folder, entryPoints: ['main.mjs'], outfile: out, bundle: true, platform: 'node', format, logLevel: 'error' });
    assert.deepEqual(await answer(process.execPath, [out], { cwd: folder }), expected);
  }
});

test('webpack bundles for Node', async (t) => {
  const context = await project(t, { 'main.mjs': exerciser });
  const compiler = webpack({ mode: 'production', target: 'node20', context, entry: './main.mjs', output: { path: join(context, 'out') } });
  const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
  assert.ok(readdirSync(join(context, 'out')).some((name) => name.endsWith('.wasm')));
  assert.deepEqual(await answer(process.execPath, ['out/main.js'], { cwd: context }), expected);
});

test('workerd, from its first request on', async (t) => {
  const exerciser = `
    import * as zen from 'zen-edge';
    import { exercise } from './exercise.mjs';
    export default { async fetch() { return Response.json(await exercise(zen)); } };`;
  const order = JSON.stringify({ customer: { tier: 'gold' }, total: 120 });
  for (const [main, wanted] of [[exerciser, expected], [sample('workerd.mjs'), discount]]) {
    const folder = await project(t, { 'main.mjs': main });
    const url = await serveWorker(t, folder, 'main.mjs');
    for (const round of ['first', 'second']) {
      const response = await fetch(url, { method: 'POST', body: order });
      assert.equal(response.status, 200, await response.clone().text());
      assert.deepEqual(await response.json(), wanted, round);
    }
  }
});
