// Serves the built page as a static host does: files, and the headers that `_headers` asks for.

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
  '.ttf': 'font/ttf',
};

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
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => boolean} [extra]
 *   answers what is no file
 */
export async function serve(extra = () => false) {
  const served = { folder: dist };
  const server = createServer((request, response) => {
    if (extra(request, response)) return;
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)).replace(/\/$/, '/index.html');
    const file = join(served.folder, path);
    if (!file.startsWith(served.folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers(served.folder)(path), 'content-type': type });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return Object.assign(served, { origin, close });
}
