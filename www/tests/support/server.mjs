// Serves the built page as a static host does: files, and the headers that `_headers` asks for.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveFiles } from '../../../tests/support/http.mjs';

export const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Headers by path: lines of paths, each followed by indented ones with its headers. */
function headers(folder) {
  const rules = [];
  for (const line of readFileSync(join(folder, '_headers'), 'utf8').split('\n').filter(Boolean)) {
    if (!line.startsWith(' ')) rules.push({ prefix: line.replace(/\*$/, ''), headers: {} });
    else Object.assign(rules.at(-1).headers, Object.fromEntries([line.trim().split(/: (.*)/s).slice(0, 2)]));
  }
  return (path) => Object.assign({}, ...rules.filter(({ prefix }) => path.startsWith(prefix)).map((rule) => rule.headers));
}

/**
 * Starts a server on a free port. What it serves is what `folder` of the answer says at the time.
 * @param {import('../../../tests/support/http.mjs').Instead} [instead] answers what is no file
 */
export async function serve(instead) {
  const served = { folder: dist };
  const server = await serveFiles(() => served.folder, { headers: (path) => headers(served.folder)(path), instead });
  return Object.assign(served, server);
}
