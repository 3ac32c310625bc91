// The installed package in Chromium: as it is, and through bundlers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build as esbuild } from 'esbuild';
import { build as vite, createServer } from 'vite';
import webpack from 'webpack';
import { scope } from '../../worker/support/processes.mjs';
import { logged, serve, startChromium } from './support/browser.mjs';
import { expected } from './support/exercise.mjs';
import { discount, exerciser, projects, sample } from './support/project.mjs';

const project = projects();
const chromium = startChromium(scope());
const page = (script) => `<!doctype html><script type="module" src="${script}"></script>\n`;

/** Serves a folder and gives what its page logs. */
async function visit(t, folder, path = 'index.html', policy = undefined) {
  return logged(await chromium, (await serve(t, folder, policy)) + path);
}

test('a page without a bundler, by an import map', async (t) => {
  const text = sample('page.html');
  const folder = await project(t, { 'index.html': text });
  // The inline scripts are allowed by their hashes: 'unsafe-inline' is not needed either.
  const hashes = [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${hashes.join(' ')}; connect-src 'self'`;
  assert.deepEqual(await visit(t, folder, 'index.html', policy), discount);
});

test('a module Web Worker', async (t) => {
  const folder = await project(t, {
    'index.html': page('page.js'),
    'page.js': "new Worker('worker.js', { type: 'module' }).onmessage = ({ data }) => console.log(JSON.stringify(data));",
    'worker.js': `
      import * as zen from './node_modules/zen-edge/dist/web.js';
      import { exercise } from './exercise.mjs';
      postMessage(await exercise(zen));`,
  });
  assert.deepEqual(await visit(t, folder), expected);
});

test('Vite builds', async (t) => {
  for (const [main, answer] of [[exerciser, expected], [sample('browser.mjs'), discount], [sample('slim-vite.mjs'), discount]]) {
    const root = await project(t, { 'index.html': page('/main.mjs'), 'main.mjs': main });
    await vite({ root, configFile: false, logLevel: 'warn' });
    assert.deepEqual(await visit(t, join(root, 'dist')), answer);
  }
});

test('Vite serves while one develops', async (t) => {
  const root = await project(t, { 'index.html': page('/main.mjs'), 'main.mjs': exerciser });
  const server = await createServer({ root, configFile: false, logLevel: 'warn', server: { host: '127.0.0.1', port: 0 } });
  await server.listen();
  t.after(() => server.close());
  assert.deepEqual(await logged(await chromium, server.resolvedUrls.local[0]), expected);
});

test('webpack builds', async (t) => {
  for (const [main, answer] of [[exerciser, expected], [sample('browser.mjs'), discount], [sample('slim-webpack.mjs'), discount]]) {
    const context = await project(t, { 'public/index.html': page('main.js'), 'main.mjs': main });
    const performance = { maxAssetSize: 10e6, maxEntrypointSize: 10e6 };
    const compiler = webpack({ mode: 'production', context, entry: './main.mjs', output: { path: join(context, 'public') }, performance });
    const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
    assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
    assert.deepEqual(await visit(t, join(context, 'public')), answer);
  }
});

test('esbuild builds, with the wasm files copied beside', async (t) => {
  const folder = await project(t, { 'public/index.html': page('main.js'), 'main.mjs': exerciser });
  await esbuild({ absWorkingDir: folder, entryPoints: ['main.mjs'], outdir: 'public', bundle: true, format: 'esm', logLevel: 'error' });
  cpSync(join(folder, 'node_modules/zen-edge/dist/wasm'), join(folder, 'public/wasm'), { recursive: true });
  assert.deepEqual(await visit(t, join(folder, 'public')), expected);
});

test('esbuild builds a script from the slim entry', async (t) => {
  const folder = await project(t, { 'public/index.html': page('main.js'), 'main.mjs': sample('slim-esbuild.mjs') });
  await esbuild({ absWorkingDir: folder, entryPoints: ['main.mjs'], outdir: 'public', bundle: true, format: 'iife', loader: { '.wasm': 'file' }, logLevel: 'error' });
  assert.deepEqual(await visit(t, join(folder, 'public')), discount);
});
