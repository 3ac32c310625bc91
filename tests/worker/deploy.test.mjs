// What `wrangler deploy` would upload.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployment, dryRun } from './support/deployment.mjs';
import { root } from './support/processes.mjs';

/** Cloudflare's limit for a file of the static assets. */
const LARGEST_ASSET = 25 * 1024 * 1024;

test('wrangler takes what was built, as it is, and nothing else', async (t) => {
  const made = deployment(t);
  const { said, out } = await dryRun(made);
  assert.ok(!/WARN|asset/i.test(said), said);
  for (const name of ['RULES', 'ZEN_EDGE_SOURCES', 'ZEN_EDGE_TRUSTED_ROOT']) assert.ok(said.includes(name), said);
  const uploaded = readdirSync(out).filter((name) => name !== 'README.md').sort();
  assert.deepEqual(uploaded, ['baked-in.zip', 'index.js', 'zen_edge_worker.wasm']);
  for (const name of ['zen_edge_worker.wasm', 'baked-in.zip']) {
    assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(made.worker, 'dist', name))), name);
  }
});

test('wrangler takes the simulator as static assets, if they are switched on', async (t) => {
  const made = deployment(t, { simulator: true });
  const files = readdirSync(made.assets, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) assert.ok(statSync(join(parentPath, name)).size <= LARGEST_ASSET, name);
  const { said } = await dryRun(made);
  assert.ok(!/WARN/.test(said), said);
  assert.match(said, /Read \d+ files from the assets directory/);
});

test('the configuration for plain workerd passes on every variable that there is', () => {
  const names = [...readFileSync(join(root, 'worker/src/configuration/names.rs'), 'utf8').matchAll(/"(ZEN_EDGE_[A-Z_]+)",/g)].map(([, name]) => name);
  assert.ok(names.length >= 20);
  const config = readFileSync(join(root, 'worker/workerd/region.capnp'), 'utf8');
  for (const name of names) assert.ok(config.includes(`(name = "${name}", fromEnvironment = "${name}")`), name);
});
