// What `wrangler deploy` would upload.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { folder, root } from './support/processes.mjs';

test('wrangler takes what was built, as it is, and nothing else', async (t) => {
  const place = folder(t);
  const worker = join(place, 'worker');
  mkdirSync(worker);
  cpSync(join(root, 'worker/dist'), join(worker, 'dist'), { recursive: true });
  const config = readFileSync(join(root, 'worker/wrangler.toml'), 'utf8');
  // It is built already.
  const command = /^command = .*$/m;
  assert.match(config, command);
  writeFileSync(join(worker, 'wrangler.toml'), config.replace(command, 'command = "true"'));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const environment = { PATH: process.env.PATH, HOME: place, CI: 'true', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', join(place, 'out')], { cwd: worker, env: environment });
  assert.ok(!/WARN/.test(stdout + stderr), stdout + stderr);
  for (const name of ['RULES', 'ZEN_EDGE_SOURCES', 'ZEN_EDGE_TRUSTED_ROOT']) assert.ok(stdout.includes(name), stdout);
  const uploaded = readdirSync(join(place, 'out')).filter((name) => name !== 'README.md').sort();
  assert.deepEqual(uploaded, ['baked-in.zip', 'index.js', 'zen_edge_worker.wasm']);
  for (const name of ['zen_edge_worker.wasm', 'baked-in.zip']) {
    assert.ok(readFileSync(join(place, 'out', name)).equals(readFileSync(join(worker, 'dist', name))), name);
  }
});

test('the configuration for plain workerd passes on every variable that there is', () => {
  const names = [...readFileSync(join(root, 'worker/src/configuration/names.rs'), 'utf8').matchAll(/"(ZEN_EDGE_[A-Z_]+)",/g)].map(([, name]) => name);
  assert.ok(names.length >= 20);
  const config = readFileSync(join(root, 'worker/workerd/region.capnp'), 'utf8');
  for (const name of names) assert.ok(config.includes(`(name = "${name}", fromEnvironment = "${name}")`), name);
});
