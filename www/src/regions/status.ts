/** What running evaluators say of themselves at `/api/status`. */

import { isObject, parsed } from '../model/document';
import { bounded } from '../net/bounded';

/** One project in one environment of one region. */
export interface Served {
  environment: string;
  project: string;
  revision: number | undefined;
  version: string | undefined;
  digest: string | undefined;
  /** Seconds since a source confirmed it. */
  age: number | undefined;
  staleness: string;
  source: string | undefined;
  error: string | undefined;
}

/** A region at one moment. */
export interface Region {
  address: string;
  name: string;
  ready: boolean;
  served: Served[];
  /** Why there is no status, if there is none. */
  problem?: string;
}

/** Longest status that is read, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Longest wait for one region, in milliseconds. */
const PATIENCE = 5_000;

/** Asks one region. What goes wrong is part of the answer. */
export async function ask(address: string, token: string): Promise<Region> {
  const failed = (problem: string): Region => ({ address, name: address, ready: false, served: [], problem });
  try {
    const url = new URL('api/status', address.endsWith('/') ? address : `${address}/`);
    const headers: HeadersInit = token === '' ? {} : { authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(url, { headers, signal, credentials: 'omit', cache: 'no-store' });
    if (response.status === 401) return failed('it wants the token of its operators');
    if (!response.ok) return failed(`it answers ${response.status}`);
    const value = parsed(new TextDecoder().decode(await bounded(response, MAX_BYTES)));
    if (value instanceof Error || !isObject(value['environments'])) return failed('what it answers is no status');
    const name = text(value['region']) ?? address;
    return { address, name, ready: value['ready'] === true, served: environments(value['environments']) };
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    return failed(late ? 'it does not answer' : 'it cannot be reached, or does not allow this page (CORS)');
  }
}

function environments(found: Record<string, unknown>): Served[] {
  return Object.entries(found).flatMap(([environment, state]) => {
    if (!isObject(state) || !isObject(state['projects'])) return [];
    const { revision, source, error } = state;
    return Object.entries(state['projects']).map(([project, one]): Served => {
      const inner = isObject(one) ? one : {};
      const release = isObject(inner['release']) ? inner['release'] : {};
      return {
        environment,
        project,
        revision: number(revision),
        version: text(release['version']),
        digest: text(release['digest']),
        age: number(inner['age']),
        staleness: text(inner['staleness']) ?? 'unknown',
        source: text(release['source']) ?? text(source),
        error: kind(inner['error']) ?? kind(error),
      };
    });
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const kind = (fault: unknown): string | undefined => (isObject(fault) ? text(fault['kind']) : undefined);

/** Whether all regions serve the same bytes of each project; `undefined` if one of them does not say. */
export function converged(regions: readonly Region[]): boolean | undefined {
  if (regions.length === 0 || regions.some(({ problem }) => problem !== undefined)) return undefined;
  const digests = regions.map(({ served }) =>
    JSON.stringify(served.map(({ environment, project, digest }) => [environment, project, digest]).sort()),
  );
  return new Set(digests).size === 1;
}
