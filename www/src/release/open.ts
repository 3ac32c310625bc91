/** Opening release zips, as files, by address, or out of an environment that is verified first. */

import { wrap } from 'comlink';
import type { AnnouncedRelease, Inspection, OpenedRelease, TrustedRole } from 'zen-edge';
import { document } from '../model/document';
import { OpenError, type Opened } from '../open/files';
import type { EnvironmentAt, Refused, Releases } from './protocol';

/** What vouches for a release: nothing, or an environment's signatures. */
export type Trust =
  | { kind: 'unsigned' }
  | { kind: 'tuf'; environment: string; address: string; revoked: boolean; roles: TrustedRole[] };

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

async function opened(source: Uint8Array | string, digest: string | undefined, trust: Trust): Promise<Opened> {
  const { release, documents } = accepted(await asking((releases) => releases.read(source, digest)));
  const name = [release.project ?? 'Release', release.version].filter((part) => part !== null).join(' ');
  return { name, documents: documents.map(([path, text]) => document(path, text)), release: { ...release, trust } };
}

function accepted<T extends object>(answer: T | Refused): T {
  if (!('refused' in answer)) return answer;
  throw new OpenError(`${answer.refused.message} (${answer.refused.code})`);
}

/** One worker for one question: what a hostile zip did to it ends with it. */
async function asking<T>(call: (releases: Releases) => Promise<T>): Promise<T> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'releases' });
  try {
    const broken = new Promise<never>((_, reject) => {
      worker.onerror = ({ message }) => reject(new OpenError(message || 'the reader of releases could not be loaded'));
    });
    return await Promise.race([call(wrap<Releases>(worker) as unknown as Releases), broken]);
  } finally {
    worker.terminate();
  }
}
