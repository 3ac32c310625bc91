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
  '.json': 'application/json',
  '.ttf': 'font/ttf',
};

/** Headers for all paths: the lines below `/*`. */
function headers() {
  const lines = readFileSync(join(dist, '_headers'), 'utf8').split('\n').slice(1).filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.trim().split(/: (.*)/s).slice(0, 2)));
}

/**
 * Starts a server on a free port.
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => boolean} [extra]
 *   answers what is no file
 */
export async function serve(extra = () => false) {
  const common = headers();
  const server = createServer((request, response) => {
    if (extra(request, response)) return;
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)).replace(/\/$/, '/index.html');
    const file = join(dist, path);
    if (!file.startsWith(dist) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...common, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  return { origin, close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
}
