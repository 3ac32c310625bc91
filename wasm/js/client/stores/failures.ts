/** What a platform throws for a request, in the kinds that the sync procedure acts on. */

import { StoreFailure, type StoreFailureKind } from '../../releases/ports.js';

/** Codes of Node, Deno and Bun, by what to do about them. Browsers have none. */
const CODES: readonly [StoreFailureKind, RegExp][] = [
  ['dns', /^(ENOTFOUND|EAI_)/],
  ['refused', /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ConnectionRefused)/],
  ['timeout', /TIMEDOUT|TIMEOUT/],
  ['tls', /CERT|TLS|SSL|UNABLE_TO_/],
  ['interrupted', /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|ConnectionClosed)/],
];

/** What a request is for, in messages: never its address, which may hold a signature. */
export const reading = (key: string): string => `reading \`${key}\``;

/** The failure of a request that was not answered. */
export function requestFailure(thrown: unknown, what: string): StoreFailure {
  const chain = causes(thrown);
  const codes = chain.map((error) => String((error as { code?: unknown }).code ?? ''));
  const coded = CODES.find(([, pattern]) => codes.some((code) => pattern.test(code)))?.[0];
  const aborted = chain.some(({ name }) => name === 'AbortError' || name === 'TimeoutError');
  const kind = aborted ? 'timeout' : coded ?? 'unavailable';
  const words = chain.map(({ message }) => message).filter((message) => message !== '').at(-1) ?? 'no reason was given';
  // A page is told no more than "failed to fetch", whatever happened.
  const silent = kind === 'unavailable' && (globalThis as { location?: Location }).location !== undefined;
  const hint = silent ? ' (no connection, or CORS or this page\'s CSP forbids it)' : '';
  return new StoreFailure(kind, `${what} failed: ${words}${hint}`, { cause: thrown });
}

/** An error and what caused it, as far as that is said. */
function causes(thrown: unknown): Error[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && chain.length < 8; error = error.cause) chain.push(error);
  return chain;
}
