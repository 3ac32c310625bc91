// The same files in other hosts: a bundle made by esbuild, and workerd.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import workerd from 'workerd';
import { folder as makeFolder, freePorts, scope, start, until } from '../worker/support/processes.mjs';
import { expressions, functionV2 } from './documents.mjs';

const resolve = createRequire(import.meta.url).resolve;
const dist = join(resolve('zen-edge/package.json'), '../dist');
const folder = makeFolder(scope());

const documents = {
  'sum.json': expressions({ sum: 'a + b' }),
  'loop.json': functionV2('for (;;) {}'),
  'sleep.json': functionV2('await console.sleep(2); return { slept: true };'),
};

// The body of a Worker, and of a script: evaluates each document and answers in JSON.
const exercise = `
  const bundle = CompiledBundle.compile(${JSON.stringify(documents)}, { limits: { functionSteps: 2000000 } });
  const code = (call) => { try { call(); } catch (error) { return error.code; } };
  const answer = {
    sum: bundle.evaluateSync('sum.json', { a: 0.1, b: 0.2 }).result.sum,
    loop: code(() => bundle.evaluateSync('loop.json', {})),
    after: bundle.evaluateSync('sum.json', { a: 1, b: 2 }).result.sum,
    slept: (await bundle.evaluate('sleep.json', {})).result.slept,
  };`;
const expected = { sum: 0.3, loop: 'limitExceeded', after: 3, slept: true };

test('a bundler takes the package apart and the result runs', async () => {
  const entry = join(folder, 'entry.mjs');
  writeFileSync(entry, `
    import { CompiledBundle, initializeSync } from ${JSON.stringify(join(dist, 'slim.js'))};
    import wasm from ${JSON.stringify(join(dist, 'wasm/zen_edge_bg.wasm'))};
    initializeSync(wasm);
    ${exercise}
    console.log(JSON.stringify(answer));`);
  const outfile = join(folder, 'bundled.mjs');
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', loader: { '.wasm': 'binary' }, logLevel: 'error' });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
  assert.deepEqual(JSON.parse(stdout), expected);
});

test('a Worker in workerd evaluates, from its first request on', async (t) => {
  const worker = join(folder, 'worker.mjs');
  const source = join(folder, 'source.mjs');
  writeFileSync(source, `
    import { CompiledBundle } from ${JSON.stringify(join(dist, 'workerd.js'))};
    export default { async fetch() { ${exercise} return Response.json(answer); } };`);
  await build({ entryPoints: [source], outfile: worker, bundle: true, format: 'esm', external: ['*.wasm'], logLevel: 'error' });
  copyFileSync(join(dist, 'wasm/zen_edge_bg.wasm'), join(folder, 'zen_edge_bg.wasm'));
  const [port] = await freePorts(1);
  const config = join(folder, 'config.capnp');
  writeFileSync(config, `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main)],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );
    const main :Workerd.Worker = (
      compatibilityDate = "2026-01-01",
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "wasm/zen_edge_bg.wasm", wasm = embed "zen_edge_bg.wasm"),
      ],
    );`);
  const server = start(t, workerd.default ?? workerd, ['serve', config]);
  for (const round of ['first', 'second']) {
    const response = await until(() => fetch(`http://127.0.0.1:${port}/`), 'workerd', server);
    assert.equal(response.status, 200, server.log);
    assert.deepEqual(await response.json(), expected, round);
  }
});
