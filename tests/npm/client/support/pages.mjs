// Pages in Chromium that follow an environment, each test with a browser's storage of its own.

import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveBucket } from '../../../worker/support/bucket.mjs';
import { folder, root } from '../../../worker/support/processes.mjs';
import { serve } from '../../packaging/support/browser.mjs';

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*";

/** Serves the page and the package beside it. */
export async function servePages(t, policy = POLICY) {
  const site = folder(t);
  for (const file of ['page.html', 'page.js']) cpSync(fileURLToPath(new URL(file, import.meta.url)), join(site, file));
  symlinkSync(join(root, 'wasm/dist'), join(site, 'zen-edge'));
  return serve(t, site, policy);
}

/** A bucket that lets pages of other origins read it. */
export async function servePublic(t, path) {
  const bucket = await serveBucket(t, path);
  /** What answers in its place, as `bucket.fault` does. */
  bucket.failing = () => false;
  bucket.fault = (key, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'etag, retry-after');
    return bucket.failing(key, response);
  };
  return bucket;
}

/** A browser's profile; its pages share storage, locks and channels. */
export async function profile(t, browser) {
  const context = await browser.newContext();
  t.after(() => context.close());
  return context;
}

/** Opens a page of a profile. What it throws, and what the policy forbids, is in `complaints`. */
export async function openPage(context, url) {
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${url}page.html`);
  await page.waitForFunction(() => globalThis.page !== undefined);
  return Object.assign(page, {
    complaints,
    start: (options) => page.evaluate((given) => globalThis.page.start(given), options),
    ask: () => page.evaluate(() => globalThis.page.ask()),
    environment: () => page.evaluate(() => globalThis.page.environment()),
    untilVersion: (version) => page.evaluate((wanted) => globalThis.page.until(wanted), version),
    untilRole: (role) => page.evaluate((wanted) => globalThis.page.untilRole(wanted), role),
    again: async () => {
      await page.reload();
      await page.waitForFunction(() => globalThis.page !== undefined);
    },
  });
}
