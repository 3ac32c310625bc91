/** Why a client has no answer. */

import { ZenError } from '../errors.js';
import type { Release } from '../releases/open.js';
import type { Staleness } from '../releases/status.js';

/**
 * What happened, and so what to do:
 *
 * | code | |
 * |---|---|
 * | `configuration` | `createClient` was given something that cannot work |
 * | `notReady` | no verified release of the project is active yet: `refresh()` and ask again; `cause` says why not |
 * | `unknownProject` | the environment has no such project |
 * | `revoked` | the environment has revoked the release, and announces no other that could be had |
 * | `expired` | the release has expired, and `onExpired` is `'refuse'` |
 * | `closed` | the client was closed |
 */
export type ClientErrorCode = 'configuration' | 'notReady' | 'unknownProject' | 'revoked' | 'expired' | 'closed';

/** A client has no answer. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** What happened. */
  readonly code: ClientErrorCode;
  /** What would have answered, if there is something. */
  readonly release: Release | undefined;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions & { release?: Release }) {
    super(message, options);
    this.code = code;
    this.release = options?.release;
  }

  /** So that an error survives `JSON.stringify` in a log or an answer. */
  toJSON(): { code: ClientErrorCode; message: string; release?: Release } {
    return { code: this.code, message: this.message, ...(this.release && { release: this.release }) };
  }
}

/** A decision gave no answer; it says of which release, and how old that is. */
export class EvaluationError extends ZenError {
  /** What it was evaluated with. */
  readonly release: Release;
  /** Seconds since a source last confirmed that release. */
  readonly age: number;
  /** What that means. */
  readonly staleness: Staleness;

  constructor(error: ZenError, release: Release, age: number, staleness: Staleness) {
    super(error.message, error.code, error.error, { cause: error });
    this.release = release;
    this.age = age;
    this.staleness = staleness;
  }
}
