// A page that follows what its test tells it to, and notes what it hears.

import { createClient, cacheStorageCache, indexedDbCache } from './zen-edge/web.js';

const caches = { cacheStorageCache, indexedDbCache };

/** Starts a client; `options.cache` may be `[function, name]`. */
async function start({ cache, ...options }) {
  const heard = { update: [], refused: [], error: [], status: [] };
  const client = await createClient({
    ...options,
    ...(cache !== undefined && { cache: Array.isArray(cache) ? caches[cache[0]](cache[1]) : cache }),
    onUpdate: (update) => heard.update.push(update),
  });
  client.addEventListener('error', ({ detail }) => heard.error.push(detail));
  client.addEventListener('refused', ({ detail }) => heard.refused.push(detail));
  Object.assign(page, { client, heard });
}

const page = {
  start,
  async ask() {
    const { result, release, staleness } = await page.client.evaluate('pricing', 'main.json', { a: 1, b: 2 });
    return { version: result.version, origin: release.origin, source: release.source, revision: release.revision, staleness };
  },
  environment: () => page.client.status().environments.production,
  /** Ends once the version is the one that answers. */
  async until(version) {
    for (;;) {
      const updated = new Promise((resolve) => page.client.addEventListener('update', resolve, { once: true }));
      if ((await page.ask()).version === version) return;
      await updated;
    }
  },
  /** Ends once this tab has the role. */
  async untilRole(role) {
    for (;;) {
      const changed = new Promise((resolve) => page.client.addEventListener('status', resolve, { once: true }));
      if (page.environment().tabs.role === role) return;
      await changed;
    }
  },
};

globalThis.page = page;
