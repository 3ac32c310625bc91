/** Following an environment from a page, a worker or a process. */

import { Client } from './client.js';
import type { ClientOptions } from './options.js';

/**
 * A client that follows an environment: it finds the newest release that is good, verifies and compiles it,
 * and answers from it.
 *
 * ```js
 * const client = await createClient({
 *   sources: ['https://eu.rules.example.com', 'https://us.rules.example.com'],
 *   environment: 'production',
 *   trustedRoot, // the text of production.root.json, shipped with the app
 * });
 * const { result, release, staleness } = await client.evaluate('pricing', 'discount.json', { total: 120 });
 * client.addEventListener('update', ({ detail }) => console.log('now active:', detail.activated));
 * ```
 *
 * It resolves as soon as every project has an answer from what was kept here before or baked in, and
 * asks the sources meanwhile; where there is neither, after the sources were asked. If none of them
 * gave anything, `ready()` is false, evaluations reject with `notReady`, and it goes on asking.
 *
 * @throws ClientError `configuration`; ReleaseError for a trusted root or a baked-in release that is none, for a name
 * that no environment can have, and for no source or two of one name.
 */
export function createClient(options: ClientOptions): Promise<Client> {
  return Client.open(options);
}

export type { Client, ClientAnswer } from './client.js';
export type { Changes } from './active.js';
export { ClientError, EvaluationError, type ClientErrorCode } from './errors.js';
export type { ClientEventMap, ListenOptions, RefusedDetail, Update } from './events.js';
export type { BakedInSource, ClientOptions, OnExpired, SourceOption, StalenessOptions, Unsigned } from './options.js';
export type {
  ClientEnvironmentStatus,
  ClientProjectStatus,
  ClientStatus,
  Resident,
  TabRole,
  TabsStatus,
  TrapReport,
} from './status.js';
export { httpStore, type HttpStoreOptions } from './stores/http.js';
export { cacheStorageCache } from './caches/cache-storage.js';
export { indexedDbCache } from './caches/indexed-db.js';
export { memoryCache } from './caches/memory.js';
export type { CacheKind } from './caches/kind.js';
export type { CacheOption } from './caches/open.js';
export type { CacheStatus } from './caches/watched.js';
