// Pages in Chromium, served with a policy that allows no more than the package needs.

import assert from 'node:assert/strict';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.css': 'text/css' };

/** Serves a folder; `policy` is its Content-Security-Policy. */
export async function serve(t, folder, policy = POLICY) {
  const server = createServer((request, response) => {
    const file = join(folder, normalize(decodeURIComponent(new URL(request.url, 'http://host').pathname)));
    if (!existsSync(file) || !statSync(file).isFile()) response.writeHead(404).end();
    else {
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy });
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** The Debian package's browser, or the one that CHROMIUM names. */
export async function startChromium(t) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  t.after(() => browser.close());
  return browser;
}

/** Opens a page; gives the JSON that it logs first. Whatever else it or a worker of it complains of fails. */
export async function logged(browser, url) {
  const page = await browser.newPage();
  try {
    const complaints = [];
    const answer = new Promise((resolve, reject) => {
      const fail = (what) => {
        complaints.push(what);
        reject(new Error(`${url}: ${what}`));
      };
      page.on('pageerror', fail);
      page.on('console', (message) => {
        if (message.type() === 'log') resolve(message.text());
        else if (message.location().url.endsWith('/favicon.ico')) return;
        else if (message.type() === 'error' || message.type() === 'warning') fail(`${message.text()} ${message.location().url}`);
      });
    });
    await page.goto(url);
    const text = await answer;
    assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), false);
    assert.deepEqual(complaints, []);
    return JSON.parse(text);
  } finally {
    await page.close();
  }
}
