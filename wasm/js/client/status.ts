/** What a client says of itself: the JSON that `/api/status` answers. */

import type { EnvironmentStatus, ProjectStatus } from '../releases/status.js';
import type { SyncClient } from '../releases/sync.js';
import { version } from '../wasm/zen_edge.js';
import type { Active } from './active.js';
import type { CacheStatus, WatchedCache } from './caches/watched.js';

/** A release in memory. */
export interface Resident {
  id: string | null;
  version: string | null;
  /** The SHA-256 of its bundle. */
  digest: string;
}

/** A release that brought the evaluator down. */
export interface TrapReport {
  digest: string;
  project: string;
  /** Internal errors of the engine. */
  caught: number;
  /** Traps that took the wasm instance with them. */
  reported: number;
  /** What happened last. */
  message: string;
  /** Whether the release was taken back; this client takes none back by itself. */
  takenBack: boolean;
}

/** A project's state. */
export interface ClientProjectStatus extends ProjectStatus {
  /** The releases in memory, the active one first; others are finishing evaluations. */
  resident: Resident[];
  /** Evaluations that brought the engine down. */
  traps: TrapReport[];
  /** Candidates are a Worker's: always empty. */
  shadow: never[];
}

/** How the tabs of one browser share the work. */
export interface TabsStatus {
  /** `leader` asks the network for all, `follower` is told by it, `alone` asks for itself. */
  role: TabRole;
}

/** Who asks the network. */
export type TabRole = 'leader' | 'follower' | 'alone';

/** An environment's state. */
export interface ClientEnvironmentStatus extends Omit<EnvironmentStatus, 'projects'> {
  projects: Record<string, ClientProjectStatus>;
  /** Where last-known-good is kept, and how that goes. */
  cache: CacheStatus;
  /** Who polls. */
  tabs: TabsStatus;
  /** Why the baked-in release could not be read, if so. */
  bakedInError: string | null;
}

/** The whole state. Times are RFC 3339, ages in seconds. */
export interface ClientStatus {
  /** As `ready()`. */
  ready: boolean;
  /** The one environment that this client follows, by its name. */
  environments: Record<string, ClientEnvironmentStatus>;
  /** A browser is in no region. */
  region: null;
  /** The version of zen-edge. */
  version: string;
}

/** What a client adds to what its sync client says. */
export interface Beside {
  active: Active;
  cache: WatchedCache;
  bakedInError: string | null;
  role: TabRole;
}

/** The whole state. @internal */
export function clientStatus(sync: SyncClient, { active, cache, bakedInError, role }: Beside): ClientStatus {
  const { ready, ...status } = sync.status();
  const projects = Object.entries(status.projects).map(([project, found]) => {
    const resident = active.resident(project);
    const names = resident.map(({ release: { id, version, digest } }) => ({ id, version, digest }));
    return [project, { ...found, resident: names, traps: resident.flatMap((release) => release.traps()), shadow: [] }];
  });
  const environment: ClientEnvironmentStatus = {
    ...status,
    ready,
    projects: Object.fromEntries(projects),
    cache: { ...cache.status },
    tabs: { role },
    bakedInError,
  };
  return { ready, environments: { [sync.environment]: environment }, region: null, version: version() };
}
