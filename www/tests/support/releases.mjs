// Release zips and a signed environment, made by the command line tool.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** The command line tool. */
export const tool = process.env.ZEN_EDGE ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/zen-edge');

/** A folder with `pricing.zip`, and with an environment `production` that announces it. */
export function released() {
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-www-'));
  const run = (...words) => execFileSync(tool, words, { cwd: folder, stdio: 'pipe' });
  const rules = join(folder, 'rules');
  mkdirSync(rules);
  cpSync(join(root, 'tests/corpus/pricing'), join(rules, 'pricing'), { recursive: true });
  run('pack', 'rules', '-o', 'pricing.zip', '--project', 'pricing', '--version', '1.4.0', '--release-id', 'r-1');
  run('keygen', 'key.pem');
  run('init', '-e', 'store/production', '-k', 'key.pem');
  run('publish', 'pricing.zip', '-e', 'store/production', '-k', 'key.pem');
  const zip = readFileSync(join(folder, 'pricing.zip'));
  return {
    zip,
    digest: createHash('sha256').update(zip).digest('hex'),
    root: readFileSync(join(folder, 'production.root.json'), 'utf8'),
    /** Another environment's root: one that none of the keys above signed. */
    strangersRoot() {
      run('keygen', 'stranger.pem');
      run('init', '-e', 'strange/production', '-k', 'stranger.pem', '--root', 'stranger.root.json');
      return readFileSync(join(folder, 'stranger.root.json'), 'utf8');
    },
    /** Answers requests below `/store/` and for `/pricing.zip`. */
    answer(request, response) {
      const path = normalize(decodeURIComponent(new URL(request.url, 'http://host').pathname));
      if (path !== '/pricing.zip' && !path.startsWith('/store/')) return false;
      const file = join(folder, path);
      if (existsSync(file)) response.writeHead(200).end(readFileSync(file));
      else response.writeHead(404).end();
      return true;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
