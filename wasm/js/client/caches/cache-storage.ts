/** Last-known-good in Cache Storage: pages and workers of secure origins have it. */

import type { Cache } from '../../releases/ports.js';
import { ofKind } from './kind.js';

/**
 * What is kept in Cache Storage, below a name that this origin's other users of it do not have. One `put`
 * replaces the entry or leaves the one before.
 * @throws DOMException where Cache Storage is missing or forbidden, at the first use
 */
export function cacheStorageCache(name = 'zen-edge'): Cache {
  const open = () => caches.open(name);
  // An address of no server: entries are not requests, and no page can be sent there.
  const address = (key: string) => `https://zen-edge.invalid/${encodeURIComponent(key)}`;
  return ofKind('cacheStorage', {
    async get(key, maxBytes) {
      const entry = await (await open()).match(address(key));
      // Whoever else writes to it may have left anything: its length is known before it is in memory.
      const blob = await entry?.blob();
      return blob !== undefined && blob.size <= maxBytes ? new Uint8Array(await blob.arrayBuffer()) : undefined;
    },
    async put(key, bytes) {
      const body = new Blob([bytes as BlobPart], { type: 'application/octet-stream' });
      await (await open()).put(address(key), new Response(body));
    },
    async delete(key) {
      await (await open()).delete(address(key));
    },
  });
}
