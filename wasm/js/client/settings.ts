/** Options checked once, in the form in which they are used. */

import { areBytes, viewOf } from '../module.js';
import { readBody } from '../releases/body.js';
import type { NamedStore, SyncOptions } from '../releases/sync.js';
import type { CompileOptions } from '../types.js';
import { words } from './caches/watched.js';
import { ClientError } from './errors.js';
import type { BakedInSource, ClientOptions, SourceOption } from './options.js';
import { checkedAddress } from './stores/address.js';
import { httpStore } from './stores/http.js';

/** How many bytes a baked-in release may have, as `crates/sync` bounds it. */
const BAKED_IN_BYTES = 48 * 1024 * 1024;

const wrong = (message: string) => new ClientError('configuration', message);

/** The sources, opened. @throws ClientError `configuration` */
export function openSources({ sources, fetch }: ClientOptions): NamedStore[] {
  if (!Array.isArray(sources)) throw wrong('`sources` must be a list, the nearest first');
  return sources.map((source: SourceOption) => {
    if (typeof source === 'string' || source instanceof URL) return { name: nameOf(source), store: httpStore(source, fetch && { fetch }) };
    if ('store' in source) return { name: source.name, store: source.store };
    return { name: source.name ?? nameOf(source.url), store: httpStore(source.url, { ...(fetch && { fetch }), ...source }) };
  });
}

/** What an address is called: without what may be secret in it. */
function nameOf(address: string | URL): string {
  const { host, pathname } = checkedAddress(address, true);
  return host + pathname.replace(/\/$/, '');
}

/** What the sync procedure is told, but for sources and cache. @throws ClientError `configuration` */
export function syncOptions(options: ClientOptions): Omit<SyncOptions, 'sources' | 'cache' | 'bakedIn'> {
  const { environment, trust = 'tuf', projects, pollInterval = 30_000, staleness = {} } = options;
  if (typeof environment !== 'string') throw wrong('`environment` must be the name of an environment');
  if (!(Number.isFinite(pollInterval) && pollInterval >= 0)) throw wrong('`pollInterval` must be milliseconds, or 0 for none');
  const { staleAfter, expiredAfter, onExpired } = typeof staleness === 'string' ? { onExpired: staleness } as const : staleness;
  const policy = { staleAfterMillis: staleAfter, expiredAfterMillis: expiredAfter, onExpired };
  return {
    environment,
    trust: trust === 'tuf' ? signed(options) : trust,
    ...(projects && { projects: [...projects] }),
    ...(pollInterval > 0 && { schedule: { intervalMillis: pollInterval } }),
    staleness: given(policy),
  };
}

function signed({ trustedRoot, revisionFloor }: ClientOptions): SyncOptions['trust'] {
  if (trustedRoot === undefined) {
    throw wrong('`trustedRoot` is missing: give the text of <environment>.root.json, as `zen-edge init` wrote it');
  }
  const isText = typeof trustedRoot === 'string' || trustedRoot instanceof Uint8Array;
  return { kind: 'tuf', trustedRoot: isText ? trustedRoot : JSON.stringify(trustedRoot), ...given({ revisionFloor }) };
}

/** What is not undefined. */
function given<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

/** How releases are compiled. */
export function compileOptions(options: ClientOptions): CompileOptions {
  const { limits, http, customHandler, onFailure, loader } = options;
  return given({ limits, http, customHandler, onFailure, loader });
}

/** A baked-in release's bytes; why they could not be had, which costs no more than that. */
export async function readBakedIn(given: ClientOptions['bakedIn']): Promise<{ bytes?: Uint8Array; error?: string }> {
  if (given === undefined) return {};
  try {
    return { bytes: await bakedInBytes(await given) };
  } catch (thrown) {
    return { error: words(thrown) };
  }
}

async function bakedInBytes(source: BakedInSource): Promise<Uint8Array> {
  if (areBytes(source)) return viewOf(source);
  const response = source instanceof URL ? await fetch(source) : source;
  if (!response.ok) throw new Error(`the baked-in release was answered with status ${response.status}`);
  return readBody(response, BAKED_IN_BYTES, 'reading the baked-in release');
}
