// The page in Chromium, watched: errors, refusals of the content security policy, foreign requests.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../../../tests/support/chromium.mjs';
import { serve } from './server.mjs';

/** Where screenshots of a run are kept. */
const SHOTS = fileURLToPath(new URL('../../../target/www/', import.meta.url));

/** Longest time for anything that a test waits for. */
const PATIENCE = 60_000;

/** A name for this machine that no browser holds for trustworthy, as it does 127.0.0.1. */
const NAMED = '--host-resolver-rules=MAP simulator.test 127.0.0.1';

/** Starts a server and a browser; `close` ends both. */
export async function start(extra, options = /** @type {Parameters<typeof browse>[1]} */ (undefined)) {
  return await browse(await serve(extra), options);
}

/**
 * Starts a browser for a page that is served already, at `origin`; `close` ends both. Its service worker, which
 * fetches and keeps all 29 MB of the page at each visit, is for those who test it: `allow`.
 */
export async function browse(server, { serviceWorkers = /** @type {'allow' | 'block'} */ ('block') } = {}) {
  const browser = await launchChromium(NAMED);
  return {
    origin: server.origin,
    server,
    /** A page in a profile of its own; `watch` says what went wrong in it. */
    async visit({ path = '/', allowed = /** @type {string[]} */ ([]), ...options } = {}) {
      // What moves while it is pressed is not pressed, and a busy machine makes that happen.
      const still = { viewport: { width: 1360, height: 860 }, reducedMotion: /** @type {const} */ ('reduce') };
      const context = await browser.newContext({ ...still, serviceWorkers, ...options });
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const watch = watched(page, [server.origin, ...allowed]);
      await page.goto(server.origin + path);
      return { page, context, watch };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

function watched(page, allowed) {
  const errors = [];
  const foreign = [];
  page.on('pageerror', (error) => {
    // Monaco rejects what it was computing for an editor that is closed, and handles it nowhere.
    if (String(error) !== 'Canceled: Canceled') errors.push(String(error));
  });
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) errors.push(message.text());
  });
  page.context().on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^(data|blob):$/.test(protocol) || allowed.includes(origin)) return;
    foreign.push(request.url());
  });
  return {
    foreign,
    errors,
    /** Nothing went wrong, and no request left the origin. */
    clean() {
      assert.deepEqual(foreign, []);
      assert.deepEqual(errors, []);
    },
  };
}

/** Opens the built-in sample and selects a document of it. */
export async function openSample(page, key) {
  await page.getByRole('button', { name: 'Open the sample' }).click();
  if (key) await select(page, key);
}

/** Finds a document by its key and selects it. */
export async function select(page, key) {
  await page.getByRole('searchbox', { name: 'Find a document' }).fill(key);
  await page.locator('.tree').getByText(key.split('/').pop(), { exact: true }).click();
}

/** Shows another view of the project. */
export async function toView(page, name) {
  await page.locator('header .views').getByText(name, { exact: true }).click();
}

/** Sets the text of a Monaco editor by its label. Pasted, for typing closes brackets by itself. */
export async function type(page, label, text) {
  const editor = page.getByRole('textbox', { name: label });
  for (let tries = 0; ; tries += 1) {
    await editor.focus();
    await page.keyboard.press('ControlOrMeta+A');
    await editor.evaluate((element, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
    if (await shows(editor, text)) return;
    assert.ok(tries < 10, `${label} takes what is pasted`);
  }
}

/** Whether an editor shows a part of this text, and of no other, within a second. An editor that has just been made may not. */
function shows(editor, text) {
  return editor.evaluate(async (element, wanted) => {
    const plain = (given) => given.replace(/\s/g, '');
    const lines = element.closest('.monaco-editor')?.querySelector('.view-lines');
    for (let frames = 0; frames < 60; frames += 1) {
      const found = plain(lines instanceof HTMLElement ? lines.innerText : '');
      if (found !== '' && plain(wanted).includes(found)) return true;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return false;
  }, text);
}

/** Keeps a picture of the page. */
export async function shot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
