/** What an environment is at: the JSON of `/api/status`, of the CLI and of a client. */

import type { Release } from './open.js';

/**
 * How old what is served is: `fresh` if a source confirmed not long ago that it is the newest, `stale` if
 * none did, or if what is announced cannot be had; `expired` if nobody can say any more whether it is what
 * the publisher wants.
 */
export type Staleness = 'fresh' | 'stale' | 'expired';

/** A refusal or a failure. */
export interface SyncFault {
  /** What happened: one of `ReleaseErrorCode`, `notCompiled`, `smokeFailed` or `trapped`. */
  kind: string;
  message: string;
  /** The source at fault, if one is. */
  source?: string;
}

/** What one refresh did. */
export interface Report {
  /**
   * In one word: something else is active now; a source confirmed what is active; it was not time to poll;
   * another refresh is under way; nothing new could be activated, and what is active stays.
   */
  outcome: 'updated' | 'unchanged' | 'notDue' | 'inFlight' | 'failed';
  /** The environment's revision afterwards. */
  revision: number | null;
  /** Why the environment could not be brought up to date, if so. */
  error: SyncFault | null;
  /** Why the announced release of a project is not active, by the project's key. */
  projects: Record<string, SyncFault>;
}

/** How a source is. */
export interface SourceStatus {
  name: string;
  /** Asked in its turn, asked last, or on trial. */
  state: 'closed' | 'open' | 'halfOpen';
  /** How many failures there were since the last success. */
  consecutiveFailures: number;
  /** The last failure, even if successes followed. */
  lastError: { kind: string; message: string } | null;
}

/** A project's state. */
export interface ProjectStatus {
  /** What is being served; `null` if nothing is. */
  release: Release | null;
  /** Seconds since a source last confirmed it; `null` if nothing is served. */
  age: number | null;
  staleness: Staleness;
  /** Why the release that is announced is not the one that is served, if so. */
  error: SyncFault | null;
  /** Bundles that are not asked for again, the newest last. */
  refused: (SyncFault & { digest: string })[];
}

/** An environment's state. Times are RFC 3339. */
export interface EnvironmentStatus {
  /** Whether every configured project has an active verified release that may be served. */
  ready: boolean;
  /** The newest revision whose metadata is all verified; `null` for an unsigned source. */
  revision: number | null;
  /** The version of the newest root. */
  rootVersion: number | null;
  /** When the revision expires. */
  timestampExpires: string | null;
  /** That of the oldest of its projects. */
  staleness: Staleness;
  /** The source of the last successful poll. */
  source: string | null;
  /** When a source was last asked. */
  lastPoll: string | null;
  /** When a source last answered with what is trusted. */
  lastSuccess: string | null;
  /** Why the last poll failed, if it did. */
  error: SyncFault | null;
  /** The sources in their order. */
  sources: SourceStatus[];
  /** The projects by their keys. */
  projects: Record<string, ProjectStatus>;
}
