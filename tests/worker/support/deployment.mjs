// The Worker as `wrangler` takes it: its configuration and what was built, in a folder of their own.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestHarness } from 'wrangler';
import { folder, root } from './processes.mjs';
import { client } from './region.mjs';

// Nothing is asked of Cloudflare.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';

/** Copies the Worker and its configuration; `simulator` switches its static assets on. */
export function deployment(t, { simulator = false } = {}) {
  const place = folder(t);
  const worker = join(place, 'worker');
  const assets = join(place, 'www/dist');
  mkdirSync(worker);
  cpSync(join(root, 'worker/dist'), join(worker, 'dist'), { recursive: true });
  // It is built already.
  let config = once(readFileSync(join(root, 'worker/wrangler.toml'), 'utf8'), /^command = .*$/m, 'command = "true"');
  if (simulator) {
    cpSync(join(root, 'www/dist'), assets, { recursive: true });
    config = once(config, /^# \[assets\]\n(# \w+ = .*\n)+/m, (block) => block.replaceAll(/^# /gm, ''));
  }
  writeFileSync(join(worker, 'wrangler.toml'), config);
  return { place, worker, assets, config: join(worker, 'wrangler.toml') };
}

function once(text, pattern, replacement) {
  if (!pattern.test(text)) throw new Error(`wrangler.toml has no ${pattern}`);
  return text.replace(pattern, replacement);
}

/** What `wrangler deploy` would upload goes to `out`; answers what it says. */
export async function dryRun({ place, worker }) {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const environment = { PATH: process.env.PATH, HOME: place, CI: 'true', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' };
  const out = join(place, 'out');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', out], { cwd: worker, env: environment });
  return { said: stdout + stderr, out };
}

/** Starts the Worker as `wrangler dev` does, with other values for some of its variables. */
export async function startDeployment(t, { place, config }, vars) {
  const harness = createTestHarness({ root: place, workers: [{ configPath: config, vars }] });
  t.after(() => harness.close());
  const { url } = await harness.listen();
  return client({ url: url.origin });
}
