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
  '.webmanifest': 'application/manifest+json',
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

/** @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown} Instead */

/**
 * Serves a folder as a static host does: a path that ends with a slash is its `index.html`. The folder, and
 * the headers of what is at a path, may be asked for at each request. `instead(request, response)` says
 * whether it has answered itself.
 * @param {string | (() => string)} from
 * @param {{
 *   headers?: Record<string, string> | ((path: string) => Record<string, string>),
 *   instead?: Instead,
 * }} [options]
 */
export function serveFiles(from, { headers = {}, instead = () => false } = {}) {
  return listen((request, response) => {
    if (instead(request, response)) return;
    // An absolute path that was made normal leads nowhere above the folder.
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)).replace(/\/$/, '/index.html');
    const file = join(typeof from === 'function' ? from() : from, path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const asked = typeof headers === 'function' ? headers(path) : headers;
    response.writeHead(200, { ...asked, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
}
