// Pages in Chromium, served with a policy that allows no more than the package needs.

import assert from 'node:assert/strict';
import { launchChromium } from '../../../support/chromium.mjs';
import { serveFiles } from '../../../support/http.mjs';

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/** Serves a folder; `policy` is its Content-Security-Policy. */
export async function serve(t, folder, policy = POLICY) {
  const { origin, close } = await serveFiles(folder, { headers: { 'content-security-policy': policy } });
  t.after(close);
  return `${origin}/`;
}

/** A browser that ends with the tests. */
export async function startChromium(t) {
  const browser = await launchChromium();
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
