/** Errors of releases: what the core says in JSON, as JavaScript `Error`s. */

import { isTrap, TRAPPED } from '../errors.js';
import type { StoreFailureKind } from './ports.js';

/** What happened, and so what to do; the same names in every binding. */
export type ReleaseErrorCode =
  // a bundle
  | 'malformed'
  | 'unsafePath'
  | 'duplicateName'
  | 'unsupported'
  | 'limitExceeded'
  | 'invalidDocument'
  | 'invalidIdentity'
  | 'digestMismatch'
  // an environment
  | 'wrongEnvironment'
  | 'wrongProject'
  | 'revoked'
  | 'bundleInvalid'
  | 'untrusted'
  | 'rollback'
  | 'expired'
  | 'notFound'
  // a source
  | StoreFailureKind
  // a caller
  | 'invalid'
  | 'notInitialized'
  | 'disposed'
  | 'internal';

/** What is known of an error besides its message. */
export interface ReleaseErrorDetails {
  /** The name of the source whose bytes or answer were at fault. */
  source?: string | null;
  /** The path of the bundle's entry at fault. */
  path?: string | null;
  /** The limit that was reached, by its name in `BundleLimits`. */
  limit?: string | null;
}

/** A release could not be read, or an environment cannot be followed. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  /** What happened. */
  readonly code: ReleaseErrorCode;
  /** The name of the source whose bytes or answer were at fault, if one was. */
  readonly source: string | undefined;
  /** The path of the bundle's entry at fault, if it is one entry's. */
  readonly path: string | undefined;
  /** The limit that was reached, by its name in `BundleLimits`, if one was. */
  readonly limit: string | undefined;

  constructor(message: string, code: ReleaseErrorCode, details: ReleaseErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.source = details.source ?? undefined;
    this.path = details.path ?? undefined;
    this.limit = details.limit ?? undefined;
  }

  /** So that an error survives `JSON.stringify` in a log or an answer. */
  toJSON(): { message: string; code: ReleaseErrorCode } & ReleaseErrorDetails {
    const { message, code, source, path, limit } = this;
    return { message, code, ...(source && { source }), ...(path && { path }), ...(limit && { limit }) };
  }
}

/** What the core says of an error. */
export interface ReleaseErrorForm extends ReleaseErrorDetails {
  message: string;
  code: ReleaseErrorCode;
}

/** The error that the core speaks of. */
export function fromForm({ message, code, ...details }: ReleaseErrorForm): ReleaseError {
  return new ReleaseError(message, code, details);
}

/** What wasm threw as a `ReleaseError`. */
export function releaseError(thrown: unknown): unknown {
  if (typeof thrown === 'string') return fromForm(JSON.parse(thrown));
  return isTrap(thrown) ? new ReleaseError(TRAPPED, 'internal', {}, { cause: thrown }) : thrown;
}

/** Runs a call into wasm and turns what it throws into a `ReleaseError`. */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw releaseError(thrown);
  }
}
