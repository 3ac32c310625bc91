/** What running evaluators say of themselves at `/api/status`. */

import { isObject, parsed } from '../model/document';
import { bounded, TooLong } from '../net/bounded';
import { request } from './address';

/** One project in one environment of one region. */
export interface Served {
  environment: string;
  project: string;
  revision: number | undefined;
  version: string | undefined;
  /** SHA-256 of the active release, 64 lower-case hexadecimal digits; nothing if none is active. */
  digest: string | undefined;
  /** Seconds since a source confirmed it. */
  age: number | undefined;
  staleness: string;
  source: string | undefined;
  /** What the region believed the release by: `tuf`, its signatures, or `unsigned`, the way it came. */
  trust: string | undefined;
  error: string | undefined;
}

/** A region at one moment. */
export interface Region {
  address: string;
  name: string;
  ready: boolean;
  served: Served[];
  /** When it was asked, RFC 3339. */
  asked: string;
  /** Why there is no status, if there is none. */
  problem?: string;
}

/** Longest status that is read, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Most projects of one region, as of a whole project's documents. */
const MAX_SERVED = 10_000;
/** Longest text that is taken over from a status, in UTF-16 code units. */
const MAX_TEXT = 200;
/** Longest wait for one region, in milliseconds. */
const PATIENCE = 5_000;

/** Asks one region, whose address ends with a slash. What goes wrong is part of the answer. */
export async function ask(address: string, token: string): Promise<Region> {
  const asked = new Date().toISOString();
  const failed = (problem: string): Region => ({ address, name: address, ready: false, served: [], asked, problem });
  try {
    const response = await fetch(new URL('api/status', address), request(token, PATIENCE));
    if (response.status === 401) {
      return failed(token === '' ? 'it wants the token of its operators' : 'it does not accept this token');
    }
    if (response.status === 404) return failed('there is no evaluator at this address: it has no status (404)');
    if (!response.ok) return failed(`it answers ${response.status}`);
    const value = parsed(new TextDecoder().decode(await bounded(response, MAX_BYTES)));
    if (value instanceof Error || !isObject(value['environments'])) return failed('what it answers is no status');
    const served = environments(value['environments']);
    if (served.length > MAX_SERVED) return failed(`it names more than ${MAX_SERVED} projects`);
    return { address, name: text(value['region']) ?? address, ready: value['ready'] === true, served, asked };
  } catch (error) {
    return failed(fault(error));
  }
}

function fault(error: unknown): string {
  if (error instanceof TooLong) return 'what it answers is no status: it is too long';
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'it does not answer';
  return 'it cannot be reached, or does not allow this page (CORS)';
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
        digest: digest(release['digest']),
        age: number(inner['age']),
        staleness: text(inner['staleness']) ?? 'unknown',
        source: text(release['source']) ?? text(source),
        trust: text(release['trust']),
        error: kind(inner['error']) ?? kind(error),
      };
    });
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const kind = (error: unknown): string | undefined => (isObject(error) ? text(error['kind']) : undefined);
const digest = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined;

/** Whether all regions serve the same bytes of each project; `undefined` if one of them does not say. */
export function converged(regions: readonly Region[]): boolean | undefined {
  if (regions.length === 0 || regions.some(({ problem }) => problem !== undefined)) return undefined;
  const digests = regions.map(({ served }) =>
    JSON.stringify(served.map((one) => [one.environment, one.project, one.digest]).sort()),
  );
  return new Set(digests).size === 1;
}
