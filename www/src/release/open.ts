/** Opening release zips, as files, by address, or out of an environment that is verified first. */

import { wrap } from 'comlink';
import type { AnnouncedRelease, Inspection, OpenedRelease, TrustedRole } from 'zen-edge';
import { document } from '../model/document';
import { OpenError, type Opened } from '../open/files';
import type { Region, Served } from '../regions/status';
import type { EnvironmentAt, ReadRelease, Refused, Releases } from './protocol';

/** What vouches for a release: nothing, an environment's signatures, or a running evaluator's word. */
export type Trust =
  | { kind: 'unsigned' }
  | { kind: 'tuf'; environment: string; address: string; revoked: boolean; roles: TrustedRole[] }
  | RegionTrust;

/** What a region said of a release in its status. This page has seen no signature. */
export interface RegionTrust extends Pick<Served, 'environment' | 'revision' | 'age' | 'staleness' | 'source'> {
  kind: 'region';
  /** The region's name, or its address if it has none. */
  region: string;
  address: string;
  /** What the region believed the release by: `tuf`, its signatures, or `unsigned`, the way it came. */
  basis: string | undefined;
  /** When it said so, RFC 3339. */
  asked: string;
}

/** Which release is open, and why it may be believed. */
export interface ReleaseInfo extends OpenedRelease {
  trust: Trust;
}

/** Opens a release zip: its bytes, or those at an address. @throws OpenError for one that is refused */
export async function openRelease(source: Uint8Array | string, digest?: string): Promise<Opened> {
  return await opened(source, digest, { kind: 'unsigned' });
}

/** What an environment's signed metadata says. @throws OpenError */
export async function inspect(environment: EnvironmentAt): Promise<Inspection> {
  return accepted(await asking((releases) => releases.inspect(environment)));
}

/** Opens the release that a verified environment announces of a project. @throws OpenError */
export async function openAnnounced(
  address: string,
  inspection: Inspection,
  project: string,
  { digest }: AnnouncedRelease,
): Promise<Opened> {
  const base = address.replace(/\/+$/, '');
  const { environment, roles, revoked } = inspection;
  const trust: Trust = { kind: 'tuf', environment, address: base, revoked: revoked.includes(digest), roles };
  return await opened(`${base}/targets/${digest}.${encodeURIComponent(project)}`, digest, trust);
}

/**
 * Opens what a region serves, if its bytes are those that its status named.
 * @param signal ends it; the rejection is the signal's reason then
 * @throws OpenError
 */
export async function openServed(region: Region, served: Served, token: string, signal?: AbortSignal): Promise<Opened> {
  const { name, address, asked } = region;
  const { environment, project, revision, age, staleness, source, trust: basis, digest } = served;
  if (digest === undefined) throw new OpenError(`${name} has no active release of ${project} yet`);
  const bundle = new URL(`api/rules/${encodeURIComponent(project)}/bundle`, address).href;
  const read = await asking((releases) => releases.readServed({ address: bundle, token }, digest), signal);
  const told = { environment, revision, age, staleness, source };
  return whole(accepted(read), { kind: 'region', region: name, address, asked, basis, ...told });
}

async function opened(source: Uint8Array | string, digest: string | undefined, trust: Trust): Promise<Opened> {
  return whole(accepted(await asking((releases) => releases.read(source, digest))), trust);
}

function whole({ release, documents }: ReadRelease, trust: Trust): Opened {
  const name = [release.project ?? 'Release', release.version].filter((part) => part !== null).join(' ');
  return { name, documents: documents.map(([path, text]) => document(path, text)), release: { ...release, trust } };
}

function accepted<T extends object>(answer: T | Refused): T {
  if (!('refused' in answer)) return answer;
  throw new OpenError(`${answer.refused.message} (${answer.refused.code})`);
}

/** One worker for one question: what a hostile zip did to it ends with it. */
async function asking<T>(call: (releases: Releases) => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'releases' });
  try {
    const broken = new Promise<never>((_, reject) => {
      worker.onerror = ({ message }) => reject(new OpenError(message || 'the reader of releases could not be loaded'));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return await Promise.race([call(wrap<Releases>(worker) as unknown as Releases), broken]);
  } finally {
    worker.terminate();
  }
}
