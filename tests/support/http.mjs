// HTTP servers of a test, on ports of this machine that were free.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.ttf': 'font/ttf',
};

/**
 * Starts a server; `close` ends it at once, with all its connections.
 * @param {import('node:http').RequestListener} answer
 */
export async function listen(answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { port, origin: `http://127.0.0.1:${port}`, close };
}

/**
 * Serves a folder as a static host does: `headers` are those of every file, and a folder is its `index.html`.
 * `instead(request, response)` says whether it has answered itself.
 * @param {string} folder
 * @param {{ headers?: Record<string, string>, instead?: (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown }} [options]
 */
export function serveFiles(folder, { headers = {}, instead = () => false } = {}) {
  return listen((request, response) => {
    if (instead(request, response)) return;
    // An absolute path that was made normal leads nowhere above the folder.
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)).replace(/\/$/, '/index.html');
    const file = join(folder, path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
}
