/** What a host brings: stores and a cache. What they answer is hostile until it was verified. */

/** What happened to a request, and so whether asking again may help. */
export type StoreFailureKind =
  /** The host's name could not be resolved. */
  | 'dns'
  /** Nothing accepts connections there. */
  | 'refused'
  /** No secure connection. */
  | 'tls'
  /** No answer, or no end of it, in time. */
  | 'timeout'
  /** The connection ended within the answer, or the answer had not the length it announced. */
  | 'interrupted'
  /** The credentials are not accepted (401, 403). */
  | 'denied'
  /** Too many requests (429, 503). */
  | 'throttled'
  /** The store's own failure (5xx), and whatever else is not known better. */
  | 'unavailable'
  /** More bytes than were accepted. */
  | 'tooLarge'
  /** An answer that is none of the above: another 4xx, or not what the protocol demands. */
  | 'invalid'
  /** The store cannot do this at all. */
  | 'unsupported';

/**
 * A request that was not answered. Stores throw it; whatever else they throw counts as `unavailable`,
 * an `AbortError` or a `TimeoutError` as `timeout`.
 */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  /** What happened. */
  readonly kind: StoreFailureKind;
  /** How long the store asks us to wait, in milliseconds. */
  readonly retryAfterMillis: number | undefined;

  /** @param message what happened, in words without secrets; addresses in it are not repeated */
  constructor(kind: StoreFailureKind, message: string, options: ErrorOptions & { retryAfterMillis?: number } = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMillis = options.retryAfterMillis;
  }

  /**
   * The failure that an HTTP status says.
   * @param what what was being done, such as `reading the bundle`
   * @param retryAfter the header `Retry-After`; only seconds are understood, because whose clock a date
   * is by cannot be known
   */
  static fromStatus(status: number, what: string, retryAfter?: string | null): StoreFailure {
    const seconds = Number(retryAfter ?? NaN);
    const wait = seconds >= 0 ? { retryAfterMillis: seconds * 1000 } : {};
    return new StoreFailure(kindOf(status), `${what} was answered with status ${status}`, wait);
  }
}

/** As `StoreError::from_status` of `crates/sync`. */
function kindOf(status: number): StoreFailureKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 429 || status === 503) return 'throttled';
  if (status === 413) return 'tooLarge';
  return status >= 500 ? 'unavailable' : 'invalid';
}

/** An object that is asked for. */
export interface StoreRequest {
  /** How many bytes are accepted: a longer body must not be buffered, but refused as `tooLarge`. */
  maxBytes: number;
  /** The `ETag` of the answer that is known already, as this very store gave it (`If-None-Match`). */
  ifNoneMatch?: string;
  /** Whether the answer must come from the store itself: no cache in between may give it. */
  origin: boolean;
  /** Aborted when nobody waits any more: hand it to `fetch`. */
  signal: AbortSignal;
}

/** A store's answer. That there is no such object is an answer, not an error. */
export type StoreAnswer =
  | {
      status: 'found';
      bytes: Uint8Array;
      /** Its `ETag` as received. */
      etag?: string;
      /** Whether a cache in between gave it. */
      cached?: boolean;
    }
  | { status: 'notModified' }
  | { status: 'missing' };

/** One page of a listing. */
export interface StorePage {
  /** Keys below the store's prefix, `ETag`s and lengths in bytes. */
  objects: { key: string; etag?: string; length: number }[];
  /** What to name for the page after this one; none if this is the last. */
  next?: string;
}

/** A store of objects: a bucket in one region, below one prefix. */
export interface Store {
  /**
   * Reads one object, without retries of its own.
   * @throws StoreFailure
   */
  get(key: string, request: StoreRequest): Promise<StoreAnswer>;
  /**
   * Reads one page of the objects whose keys begin with a prefix and have no `/` after it. Only GoRules'
   * own, unsigned layout needs it.
   * @throws StoreFailure
   */
  list?(prefix: string, after: string | undefined, request: { signal: AbortSignal }): Promise<StorePage>;
}

/**
 * A cache near the evaluator. It may forget anything at any time. One `put` is atomic: a reader sees the
 * old bytes or the new ones. Keys are ASCII, with `/` in them, and shorter than 300 characters.
 */
export interface Cache {
  /** An entry; none if there is none, or if it has more than `maxBytes`. */
  get(key: string, maxBytes: number): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Forgets an entry; nothing happens if there is none. */
  delete(key: string): Promise<void>;
}
