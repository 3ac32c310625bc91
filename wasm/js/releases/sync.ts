/** The sync client: follows one environment, and has an activator compile and serve what it brings. */

import { SyncClient as Client } from '../wasm/zen_edge_releases.js';
import { ReleaseError, guarded, releaseError } from './errors.js';
import { initializeReleases } from './module.js';
import { type BundleLimits, type HandedBundle, OpenedBundle, type Release, type VerifiedBundle } from './open.js';
import type { Cache, Store } from './ports.js';
import type { EnvironmentStatus, Report, Staleness } from './status.js';

/** A store and what people call it. */
export interface NamedStore {
  /** Its name in reports: a region's or a bucket's. No two of a list share one. */
  name: string;
  store: Store;
}

/** What must vouch for a release. There is no default: nothing is unsigned by omission. */
export type SyncTrust =
  | {
      /** Signatures: the environment is a TUF repository. */
      kind: 'tuf';
      /** The root metadata with which trust begins, as `zen-edge init` writes it: text or bytes. */
      trustedRoot: Uint8Array | string;
      /** Refuses timestamps of a lower version; 0 (the default) refuses none. */
      revisionFloor?: number;
    }
  | {
      /** Nothing but the way the bytes come: a bucket in GoRules' own layout. */
      kind: 'unsigned';
      /** What the keys of its objects begin with; by default the environment's name and `/`. */
      prefix?: string;
      /** Takes a project out once this many listings in a row lacked it for this long; by default never. */
      removeAfter?: { listings: number; millis: number };
    };

/**
 * How an environment is followed. Times are in milliseconds; what is left out keeps the default of
 * `zen_edge_sync`, given here in brackets.
 */
export interface SyncOptions {
  /** The environment's name: the folder below the stores' prefix, and what signed metadata must say. */
  environment: string;
  trust: SyncTrust;
  /** Where bytes come from, the nearest first. */
  sources: readonly NamedStore[];
  /** The keys of the projects that are served; by default all that the environment lists. */
  projects?: readonly string[];
  /** A release that was deployed together with the program, as `zen-edge bake` writes it. */
  bakedIn?: Uint8Array;
  /** Where last-known-good outlives a restart; without it, nothing does. */
  cache?: Cache;
  /** What age means: stale without confirmation for [1 minute]; unsigned, expired after [7 days]. */
  staleness?: { staleAfterMillis?: number; expiredAfterMillis?: number; onExpired?: 'serve' | 'flag' | 'refuse' };
  /**
   * When sources are asked: every [30 s], by [20] percent more or less; never two within [1 s]; after a
   * failure in [2 s], which doubles up to [1 minute]; the full workflow every [1 hour].
   */
  schedule?: {
    intervalMillis?: number;
    jitter?: number;
    floorMillis?: number;
    retryMillis?: number;
    capMillis?: number;
    fullIntervalMillis?: number;
  };
  /** How one source is asked: [3] attempts, the first wait up to [100 ms], no wait above [2 s]. */
  retry?: { attempts?: number; baseMillis?: number; capMillis?: number };
  /**
   * How sources take each other's place: one has [5 s], the next is asked after [500 ms] of silence, large
   * answers have longer by [256 KiB] per second; a source loses its turn after [1] failure for [1 s], which
   * doubles up to [1 minute], and gets it back after [3] successes.
   */
  failover?: {
    deadlineMillis?: number;
    hedgeAfterMillis?: number;
    bytesPerSecond?: number;
    breaker?: { failures?: number; coolDownMillis?: number; capMillis?: number; successes?: number };
  };
  /**
   * Given, also as `{}`, sources stand behind the cache, so that all who share it (tabs) ask them once: a
   * pointer is answered from it for [10 s], by [20] percent more or less; who asks keeps others from it for
   * [3 s]; an entry may take [200 ms].
   */
  edgeCache?: { pointerTtlMillis?: number; jitter?: number; claimMillis?: number; patienceMillis?: number };
  /** Bounds on what is in a bundle. */
  bundleLimits?: BundleLimits;
  /** How many bundles are fetched at the same time [4]. */
  parallel?: number;
  /** How many bytes of bundles are kept as last-known-good [64 MiB]. */
  keptBytes?: number;
  /** How long one operation of the cache may take [2 s]. */
  cacheDeadlineMillis?: number;
  /** After how long a refresh that has not ended is taken to be dead [1 minute]. */
  takeoverAfterMillis?: number;
}

/** Why an activator does not take a release. Its `prepare` throws it; whatever else that throws counts as `notCompiled`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: 'notCompiled' | 'smokeFailed';

  constructor(kind: 'notCompiled' | 'smokeFailed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What becomes of a project. */
export type Change =
  /** A prepared release becomes the active one; its handle is the activator's from here on. */
  | { kind: 'new'; handle: number }
  /** The active release stays, and this is what is known of it now: a newer revision lists it. */
  | { kind: 'confirmed'; release: Release }
  /** The environment does not list the project any more, or has revoked its release. */
  | { kind: 'removed' };

/** One change of what is active in an environment. */
export interface Swap {
  /** What becomes of each project; what is not named stays as it is. */
  projects: Record<string, Change>;
  /** Digests that the environment has revoked: nobody may be served from them any more. */
  revoked: string[];
}

/** Compiles releases and serves them: steps 7 and 8 of the refresh procedure. All of it is synchronous. */
export interface Activator {
  /**
   * Compiles a bundle and runs its smoke cases; whatever was active stays so.
   * @returns a handle of what is ready now, which `activate` or `discard` will name
   * @throws Refusal
   */
  prepare(bundle: VerifiedBundle): number;
  /**
   * Replaces what is active, all of it in one swap. It cannot fail: what it throws is thrown to the host as
   * an uncaught error. It must not call the client, which refuses that.
   */
  activate(swap: Swap): void;
  /** Gives back a prepared release that never became active. */
  discard(handle: number): void;
}

const STALENESS: readonly Staleness[] = ['fresh', 'stale', 'expired'];

/**
 * Follows one environment by the refresh procedure: finds its newest good releases, has them verified and
 * compiled, and remembers the last ones that were good. It has no timer: whoever holds it refreshes when
 * `wait()` is over.
 */
export class SyncClient {
  /** The environment's name. */
  readonly environment: string;
  #client: Client | undefined;

  private constructor(environment: string, client: Client) {
    this.environment = environment;
    this.#client = client;
  }

  /**
   * A client that knows nothing yet. Loads the module for releases at the first call; nothing is requested.
   * @throws ReleaseError `wrongEnvironment` if the trusted root is another environment's, `untrusted` or
   * `invalid` if it is none, `invalid` for options that cannot be
   */
  static async create(options: SyncOptions, activator: Activator): Promise<SyncClient> {
    await initializeReleases();
    const { sources, cache, bakedIn } = options;
    const client = guarded(
      () =>
        new Client(
          optionsText(options),
          sources.map(({ name }) => name),
          sources.map(({ store }) => store),
          options.trust.kind === 'tuf' ? rootBytes(options.trust.trustedRoot) : undefined,
          bakedIn,
          cache,
          activatorPort(activator),
        ),
    );
    return new SyncClient(options.environment, client);
  }

  /**
   * Makes active what was last known to be good, and what was baked in where that is newer or all there is,
   * without asking a source. It happens once; a refresh begins with it.
   */
  async load(): Promise<void> {
    await this.#call((client) => client.load());
  }

  /**
   * Runs the refresh procedure once, `'now'` or if a poll is `'due'`. Whatever it meets, what is active
   * stays so or is replaced by something newer that was verified and compiled.
   */
  async refresh(when: 'now' | 'due' = 'now'): Promise<Report> {
    return JSON.parse(await this.#call((client) => client.refresh(when === 'now')));
  }

  /** How many milliseconds until a poll is due. */
  wait(): number {
    return this.#call((client) => client.wait());
  }

  /** The environment's state, as `/api/status` says it of an environment. */
  status(): EnvironmentStatus {
    return JSON.parse(this.#call((client) => client.status()));
  }

  /** How old a project's active release is; `undefined` if there is none. Cheap: no JSON is made. */
  age(project: string): { ageMillis: number; staleness: Staleness } | undefined {
    const [ageMillis, staleness] = this.#call((client) => client.age(project)) ?? [];
    if (ageMillis === undefined || staleness === undefined) return undefined;
    return { ageMillis, staleness: STALENESS[staleness] ?? 'expired' };
  }

  /**
   * Takes back a release that compiled but brings the evaluator down: its digest is refused from now on,
   * for an hour also after a restart.
   * @param instead the digest of a release that was active before and that the evaluator serves now;
   * without it the release stays active, because it may answer other contexts
   */
  async takeBack(project: string, digest: string, message: string, instead?: string): Promise<void> {
    await this.#call((client) => client.takeBack(project, digest, message, instead));
  }

  /** Gives the memory back, as soon as nothing is under way. What is active is the activator's to dispose. */
  dispose(): void {
    this.#client?.free();
    this.#client = undefined;
  }

  /** As `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #call<T>(call: (client: Client) => T): T {
    const client = this.#client;
    if (!client) throw new ReleaseError('the client is disposed', 'disposed');
    return guarded(() => call(client));
  }
}

/** The options as JSON text: what is no JSON goes beside it. @internal */
export function optionsText(options: Omit<SyncOptions, 'sources'>): string {
  const { environment, trust, projects, staleness, schedule, retry, failover, edgeCache } = options;
  const { bundleLimits, parallel, keptBytes, cacheDeadlineMillis, takeoverAfterMillis } = options;
  return JSON.stringify({
    environment,
    trust: { ...trust, trustedRoot: undefined },
    projects,
    staleness,
    schedule,
    retry,
    failover,
    edgeCache,
    bundleLimits,
    parallel,
    keptBytes,
    cacheDeadlineMillis,
    takeoverAfterMillis,
  });
}

/** A trusted root as wasm takes it. @internal */
export function rootBytes(trustedRoot: Uint8Array | string): Uint8Array {
  return typeof trustedRoot === 'string' ? new TextEncoder().encode(trustedRoot) : trustedRoot;
}

/** A change in wasm's form. */
type HandedChange = { kind: 'new'; handle: number } | { kind: 'confirmed'; release: string } | { kind: 'removed' };

/** An activator as wasm calls it: plain values in, and nothing thrown out of a swap. */
function activatorPort(activator: Activator) {
  return {
    prepare: (handed: HandedBundle): number => activator.prepare(new OpenedBundle<Release>(handed)),
    activate: (swap: { projects: [string, HandedChange][]; revoked: string[] }): void => {
      const change = (handed: HandedChange): Change =>
        handed.kind === 'confirmed' ? { ...handed, release: JSON.parse(handed.release) } : handed;
      const projects = swap.projects.map(([project, handed]) => [project, change(handed)] as const);
      contained(() => activator.activate({ projects: Object.fromEntries(projects), revoked: swap.revoked }));
    },
    discard: (handle: number): void => contained(() => activator.discard(handle)),
  };
}

/** What is thrown where nobody can catch it is told to the host. */
function contained(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    queueMicrotask(() => {
      throw releaseError(thrown);
    });
  }
}
