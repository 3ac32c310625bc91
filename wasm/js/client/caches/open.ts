/** The cache that a client uses, chosen once. */

import type { Cache } from '../../releases/ports.js';
import { ClientError } from '../errors.js';
import { cacheStorageCache } from './cache-storage.js';
import { indexedDbCache } from './indexed-db.js';
import { memoryCache } from './memory.js';
import { kindOf } from './kind.js';
import { WatchedCache, words } from './watched.js';

/**
 * Where last-known-good is kept: `'auto'` (Cache Storage, else IndexedDB, else memory), one of them by
 * name, or a cache of your own, such as Node's `folderCache(path)`.
 */
export type CacheOption = 'auto' | 'cacheStorage' | 'indexedDb' | 'memory' | Cache;

const BUILT_IN = { cacheStorage: cacheStorageCache, indexedDb: indexedDbCache } as const;

/** How long a browser's store may take to say whether it works, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Opens the cache that is asked for, under this name. Of those that are built in, one that does not work here (private
 * mode, storage switched off) is replaced by the next, and the status says so.
 * @throws ClientError `configuration`
 */
export async function openCache(option: CacheOption, name: string): Promise<WatchedCache> {
  if (typeof option === 'object') return new WatchedCache(option, kindOf(option));
  if (option === 'memory') return new WatchedCache(memoryCache(), 'memory');
  const kinds = option === 'auto' ? (['cacheStorage', 'indexedDb'] as const) : ([option] as const);
  let problem: string | null = null;
  for (const kind of kinds) {
    const open = BUILT_IN[kind];
    if (open === undefined) throw new ClientError('configuration', `\`${String(option)}\` is no cache: use auto, cacheStorage, indexedDb, memory, or an object`);
    if (!isThere(kind)) continue;
    const cache = open(name);
    const found = await works(cache);
    if (found === undefined) return new WatchedCache(cache, kind);
    problem = `${kind} cannot be used: ${found}`;
  }
  const asked = option === 'auto' ? null : `${option} is not there`;
  return new WatchedCache(memoryCache(), 'memory', problem ?? asked);
}

/** Cache Storage is there only in secure contexts, and neither is in Node. workerd's `caches` cannot keep anything between requests. */
function isThere(kind: keyof typeof BUILT_IN): boolean {
  const { caches, indexedDB } = globalThis;
  return kind === 'cacheStorage' ? typeof caches?.open === 'function' : indexedDB !== undefined && indexedDB !== null;
}

/** Reads once: what is forbidden says so then. Answers why it does not work. */
async function works(cache: Cache): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('it does not answer'), PATIENCE);
  });
  const read = cache.get('probe', 0).then(() => undefined, words);
  const found = await Promise.race([read, silence]);
  clearTimeout(timer);
  return found;
}
