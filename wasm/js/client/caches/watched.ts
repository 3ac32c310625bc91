/** A cache of which it is known how it is. */

import type { Cache } from '../../releases/ports.js';
import type { CacheKind } from './kind.js';

/** How the cache is, in the status. */
export interface CacheStatus {
  /** `cacheStorage`, `indexedDb`, `folder`, `memory` (nothing survives a restart) or `own`. */
  kind: CacheKind;
  /** How many operations failed. Each cost freshness or last-known-good, never an answer. */
  failures: number;
  /** What failed last, such as a full disk or quota. */
  lastError: string | null;
}

/** A cache that counts its failures. */
export class WatchedCache implements Cache {
  readonly status: CacheStatus;
  readonly #cache: Cache;

  constructor(cache: Cache, kind: CacheKind, lastError: string | null = null) {
    this.#cache = cache;
    this.status = { kind, failures: lastError === null ? 0 : 1, lastError };
  }

  get(key: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#watch(() => this.#cache.get(key, maxBytes));
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#watch(() => this.#cache.put(key, bytes));
  }

  delete(key: string): Promise<void> {
    return this.#watch(() => this.#cache.delete(key));
  }

  async #watch<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (thrown) {
      this.status.failures += 1;
      this.status.lastError = words(thrown);
      throw thrown;
    }
  }
}

/** What was thrown, in one line. */
export function words(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
