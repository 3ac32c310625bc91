/** A web server that has an environment's files, or a bucket's public address. */

import { readBody } from '../../releases/body.js';
import { StoreFailure, type Store, type StoreAnswer, type StoreRequest } from '../../releases/ports.js';
import { checkedAddress } from './address.js';
import { reading, requestFailure } from './failures.js';
import { checkKey, encodedKey } from './keys.js';

/** How a web server is asked. */
export interface HttpStoreOptions {
  /**
   * Headers of every request, such as `Authorization`. To another origin they make a browser ask first
   * (a CORS preflight); the store must allow them.
   */
  headers?: Record<string, string>;
  /** Accepts `http://` for other machines, too. Contents are verified either way; headers could be read on the way. */
  insecure?: boolean;
  /** What sends requests, in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** What requests are sent with, on the platforms that differ. */
interface Platform {
  /** Cloudflare's `fetch` refuses options about credentials and referrers, and has no HTTP cache. */
  workerd: boolean;
  /** The page's origin, where there is one: then there is a browser's HTTP cache, too. */
  origin: string | undefined;
}

/**
 * A store over `fetch`: the object `key` is at `<address>/<key>`; a query string in the address (a
 * signature) stays.
 *
 * Redirects are refused, cookies are not sent, and bodies are read no further than asked for. A browser
 * needs `Access-Control-Allow-Origin` from another origin's store; with
 * `Access-Control-Expose-Headers: ETag, Retry-After` from it, less is read.
 *
 * ```js
 * const store = httpStore('https://rules.example.com/eu');
 * ```
 * @throws ClientError `configuration` for an address that cannot be used
 */
export function httpStore(address: string | URL, options: HttpStoreOptions = {}): Store {
  const base = checkedAddress(address, options.insecure ?? false);
  const platform = {
    workerd: globalThis.navigator?.userAgent === 'Cloudflare-Workers',
    origin: (globalThis as { location?: Location }).location?.origin,
  };
  const send = options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  return {
    async get(key, request) {
      checkKey(key);
      const what = reading(key);
      const url = objectAddress(base, key);
      const init = { ...conditions(url, request, platform, options.headers), signal: request.signal };
      const response = await send(url.href, init).catch((thrown: unknown) => {
        throw requestFailure(thrown, what);
      });
      return answer(response, request, what);
    },
  };
}

async function answer(response: Response, request: StoreRequest, what: string): Promise<StoreAnswer> {
  const { status, headers } = response;
  const etag = headers.get('etag') || undefined;
  if (status === 200 && (etag === undefined || etag !== request.ifNoneMatch)) {
    const bytes = await readBody(response, request.maxBytes, what);
    return { status: 'found', bytes, ...(etag === undefined ? {} : { etag }) };
  }
  // Whether the other end hears that nobody reads on does not matter.
  await response.body?.cancel().catch(() => undefined);
  if (status === 200 || status === 304) return { status: 'notModified' };
  if (status === 404 || status === 410) return { status: 'missing' };
  if (response.type === 'opaqueredirect') throw new StoreFailure('invalid', `${what} was answered with a redirect, which is not followed`);
  throw StoreFailure.fromStatus(status, what, headers.get('retry-after'));
}

/**
 * How a request is asked on condition, and kept out of HTTP caches: what is kept is kept once, by its
 * digest, and a cached 404 would hide what arrives later.
 *
 * Elsewhere than in a page, and of the page's own origin, we name the `ETag`. Of another origin the
 * browser does so for `timestamp.json`, by its HTTP cache: a header of ours would cost a preflight with
 * each poll.
 */
function conditions(url: URL, request: StoreRequest, platform: Platform, own: Record<string, string> = {}): RequestInit {
  const headers: Record<string, string> = { ...own };
  const foreign = platform.origin !== undefined && url.origin !== platform.origin;
  const { ifNoneMatch } = request;
  // A store may have made up something that no header can be.
  const sendable = ifNoneMatch !== undefined && /^[\x21-\x7e]+$/.test(ifNoneMatch);
  if (sendable && !foreign) headers['If-None-Match'] = ifNoneMatch;
  // What is compressed on the way has a length that nobody announced. A browser does not let us say so.
  if (platform.origin === undefined) headers['Accept-Encoding'] = 'identity';
  if (platform.workerd) return { headers, redirect: 'manual', cache: 'no-store' };
  const pointer = url.pathname.endsWith('/timestamp.json');
  const cache = !foreign || !pointer ? 'no-store' : request.origin ? 'reload' : 'no-cache';
  return { headers, redirect: 'manual', cache, credentials: 'omit', referrerPolicy: 'no-referrer' };
}

function objectAddress(base: URL, key: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${encodedKey(key)}`;
  return url;
}
