/** A cache that ends with the process or page. */

import type { Cache } from '../../releases/ports.js';
import { ofKind } from './kind.js';

/** What is kept in memory: nothing survives a restart. */
export function memoryCache(): Cache {
  const entries = new Map<string, Uint8Array>();
  return ofKind('memory', {
    async get(key, maxBytes) {
      const bytes = entries.get(key);
      return bytes !== undefined && bytes.length <= maxBytes ? bytes.slice() : undefined;
    },
    async put(key, bytes) {
      entries.set(key, bytes.slice());
    },
    async delete(key) {
      entries.delete(key);
    },
  });
}
