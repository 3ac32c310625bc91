/** What of an environment is to be trusted, and by whose signatures: for people. */

import { inspect } from '../wasm/zen_edge_releases.js';
import { releaseError } from './errors.js';
import { initializeReleases } from './module.js';
import type { SyncFault } from './status.js';
import { type NamedStore, optionsText, rootBytes } from './sync.js';

/** What is to be inspected. */
export interface InspectOptions {
  /** The environment's name: the folder below the stores' prefix, and what signed metadata must say. */
  environment: string;
  /** The root metadata with which trust begins, as `zen-edge init` writes it: text or bytes. */
  trustedRoot: Uint8Array | string;
  /** Where its files are, the nearest first. */
  sources: readonly NamedStore[];
  /** The keys of the projects to be told of; by default all. */
  projects?: readonly string[];
  /** Refuses timestamps of a lower version. */
  revisionFloor?: number;
  /** The time at which expiry is checked; by default now. */
  now?: Date | number;
}

/** What a key of a role did: signed, did not sign, signed wrongly, or cannot be used at all. */
export type Signer = 'signed' | 'absent' | 'wrong' | 'unusable';

/** A role whose metadata is trusted, and whose signatures made it so. */
export interface TrustedRole {
  /** `root`, `timestamp`, `snapshot`, `targets`, or a delegated role's name. */
  role: string;
  version: number;
  /** When it expires, RFC 3339. */
  expires: string;
  /** How many of its keys must sign. */
  threshold: number;
  /** Its keys by their ids, and what came of each. */
  keys: Record<string, Signer>;
}

/** The release that is announced of a project. */
export interface AnnouncedRelease {
  /** The role that lists it. */
  role: string;
  /** The bundle's SHA-256, 64 lower-case hexadecimal digits. */
  digest: string;
  /** The bundle's length in bytes. */
  length: number;
  id: string | null;
  version: string | null;
  commit: string | null;
}

/** What was found. */
export interface Inspection {
  environment: string;
  /** The time that was checked at, RFC 3339. */
  now: string;
  /** The source whose timestamp was followed; `null` if no source gave one. */
  source: string | null;
  /**
   * Why the metadata is not accepted at that time; `null` if it is. If it has only expired, the rest is
   * told as if it had not.
   */
  refusal: SyncFault | null;
  /** The roles that are trusted, the root first: all of them unless something was refused. */
  roles: TrustedRole[];
  /** What is announced of each project, or why it cannot be told. */
  projects: Record<string, AnnouncedRelease | { error: SyncFault }>;
  /** Digests that must not be served any more. */
  revoked: string[];
}

/**
 * Looks over an environment's signed metadata once, by the very workflow of a client: what is trusted, by
 * whose signatures, until when, or what was refused and why. Nothing is kept, no bundle is fetched, and
 * nothing becomes active.
 *
 * Loads the module for releases at the first call.
 *
 * @throws ReleaseError for options that no client would take: a trusted root that is none or another
 * environment's, no source. What is refused later is a finding, not an error.
 */
export async function inspectEnvironment(options: InspectOptions): Promise<Inspection> {
  const { environment, projects, sources, trustedRoot, now } = options;
  const root = rootBytes(trustedRoot);
  const text = optionsText({
    environment,
    trust: { kind: 'tuf', trustedRoot: root, ...(options.revisionFloor !== undefined && { revisionFloor: options.revisionFloor }) },
    ...(projects && { projects }),
  });
  await initializeReleases();
  const names = sources.map(({ name }) => name);
  const stores = sources.map(({ store }) => store);
  try {
    return JSON.parse(await inspect(text, names, stores, root, now === undefined ? undefined : Number(now)));
  } catch (thrown) {
    throw releaseError(thrown);
  }
}
