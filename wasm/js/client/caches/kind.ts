/** What caches are called in the status. */

import type { Cache } from '../../releases/ports.js';

/** Where last-known-good is kept; `own` is a cache that the user brought. */
export type CacheKind = 'cacheStorage' | 'indexedDb' | 'folder' | 'memory' | 'own';

/** The same for all copies of this module: in CommonJS, `zen-edge/files` has one of its own. */
const KIND = Symbol.for('zen-edge.cacheKind');

/** The same cache, called so. */
export function ofKind(kind: CacheKind, cache: Cache): Cache {
  return Object.defineProperty(cache, KIND, { value: kind });
}

/** What a cache is called. */
export function kindOf(cache: Cache & { [KIND]?: CacheKind }): CacheKind {
  return cache[KIND] ?? 'own';
}
