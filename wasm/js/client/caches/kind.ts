/** What caches are called in the status. */

import type { Cache } from '../../releases/ports.js';

/** Where last-known-good is kept; `own` is a cache that the user brought. */
export type CacheKind = 'cacheStorage' | 'indexedDb' | 'folder' | 'memory' | 'own';

const KINDS = new WeakMap<Cache, CacheKind>();

/** The same cache, called so. */
export function ofKind(kind: CacheKind, cache: Cache): Cache {
  KINDS.set(cache, kind);
  return cache;
}

/** What a cache is called. */
export function kindOf(cache: Cache): CacheKind {
  return KINDS.get(cache) ?? 'own';
}
