/** What the page and the worker that reads releases say to each other. */

import type { Inspection, OpenedRelease } from 'zen-edge';

/** A release zip that was read strictly. */
export interface ReadRelease {
  /** What it says it is. */
  release: OpenedRelease;
  /** Path and JSON text of each document. */
  documents: [path: string, text: string][];
}

/** Why something was refused; the same names as in the other bindings. */
export interface Refused {
  refused: { code: string; message: string };
}

/** Where an environment is, and with which root metadata trust begins. */
export interface EnvironmentAt {
  /** Its address; the last segment is the environment's name. */
  address: string;
  /** The root metadata, as `zen-edge init` writes it. */
  root: string;
}

/** A release that a running evaluator serves. */
export interface ServedZip {
  /** The address of its bundle. */
  address: string;
  /** The operators' token, or nothing. */
  token: string;
}

/** What the worker can do. What the bytes are to blame for is an answer, not an error. */
export interface Releases {
  /** Reads a zip: its bytes, or those at an address. `digest`: the SHA-256 that it must have. */
  read(source: Uint8Array | string, digest?: string): Promise<ReadRelease | Refused>;
  /** Reads what a running evaluator serves, if it has the digest that the evaluator's status named. */
  readServed(zip: ServedZip, digest: string): Promise<ReadRelease | Refused>;
  /** Looks over an environment's signed metadata. */
  inspect(environment: EnvironmentAt): Promise<Inspection | Refused>;
}
