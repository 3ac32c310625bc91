/** What a client is made of. */

import type { Bytes } from '../module.js';
import type { Store } from '../releases/ports.js';
import type { CompileOptions } from '../types.js';
import type { CacheOption } from './caches/open.js';
import type { Update } from './events.js';
import type { HttpStoreOptions } from './stores/http.js';

/** Where releases come from: an address, or a store of your own. */
export type SourceOption =
  | string
  | URL
  | (HttpStoreOptions & {
    /** What people call it, in answers and in the status: a region's or bucket's name. By default its host and path. */
    name?: string;
    /** The address below which the environment has its folder, as `zen-edge init` made it. */
    url: string | URL;
  })
  | {
    /** What people call it. No two sources have the same name. */
    name: string;
    /** What reads objects: `folderStore(…)`, `httpStore(…)` or your own. */
    store: Store;
  };

/** What age means. Times are in milliseconds. */
export interface StalenessOptions {
  /** After how long without a source's confirmation a release is `stale`; 60 000 by default. */
  staleAfter?: number;
  /** With `trust: 'unsigned'`: after how long it is `expired`; seven days by default. Signed releases say so themselves. */
  expiredAfter?: number;
  /** What happens to answers once a release has expired: they are served (the default), served but not `ready()`, or refused. */
  onExpired?: OnExpired;
}

/** What happens once a release has expired. */
export type OnExpired = 'serve' | 'flag' | 'refuse';

/** Where a release comes from that is part of the deployment. */
export type BakedInSource = Bytes | Response | URL;

/** Releases from a bucket that nobody signs: GoRules' own layout. Whoever can write there decides what is answered. */
export interface Unsigned {
  kind: 'unsigned';
  /** What the keys of its objects begin with: empty, or with a `/` at its end; by default the environment's name. The stores must be able to list. */
  prefix?: string;
  /** When a project that listings lack is taken out; by default never. */
  removeAfter?: { listings: number; millis: number };
}

/** How `createClient` follows an environment, and how its releases are compiled. */
export interface ClientOptions extends CompileOptions {
  /** Where releases come from, the nearest first. When one fails, the next is asked. */
  sources: readonly SourceOption[];
  /** The environment's name: the folder below the sources' addresses, and what signed metadata must say. */
  environment: string;
  /** `<environment>.root.json` as `zen-edge init` wrote it, with which trust begins: its text, bytes, or the object in it. */
  trustedRoot?: string | Uint8Array | object;
  /** `'tuf'` by default. Nothing is unsigned by omission. */
  trust?: 'tuf' | Unsigned;
  /** No older revision is ever accepted, even by a client that remembers nothing; 0 by default. */
  revisionFloor?: number;
  /** The keys of the projects that are served; all by default. */
  projects?: readonly string[];
  /** Milliseconds between polls, about: a fifth more or less by chance; 30 000 by default, 1 000 at the least. 0 polls only at `refresh()`. */
  pollInterval?: number;
  /** Called when another release answers from now on, as the event `update`. */
  onUpdate?: (update: Update) => unknown;
  /** What age means; one word is `onExpired`. */
  staleness?: StalenessOptions | OnExpired;
  /** Where last-known-good is kept: `'auto'` by default. In Node, Deno and Bun that is memory: give `folderCache(path)`. One cache serves one client. */
  cache?: CacheOption;
  /** What `zen-edge bake` wrote: answers when neither cache nor source does. */
  bakedIn?: BakedInSource | Promise<BakedInSource>;
  /** Whether tabs of one browser share their polls; true by default. */
  tabs?: boolean;
  /** What sends requests, in place of the global `fetch`, where a source has none of its own. */
  fetch?: typeof globalThis.fetch;
  /** Closes the client when it is aborted. */
  signal?: AbortSignal;
}
