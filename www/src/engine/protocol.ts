/** What the page and the worker that evaluates say to each other. */

import type { Stubs } from '../stubs/stubs';

/** Documents that changed since the worker was last told: JSON text, or `null` for one that is gone. */
export type Changes = readonly (readonly [key: string, text: string | null])[];

/** A decision to evaluate. */
export interface Question {
  /** The decision's key. */
  key: string;
  /** The context, as JSON text. */
  context: string;
  /** The clock that rules see, in milliseconds since 1970; the default is the host's. */
  now?: number;
}

/** Why there is no result. */
export interface Failure {
  /** A `ZenError` code, or `stopped` if the evaluation took too long. */
  code: string;
  message: string;
  /** The node that failed, if one did. */
  nodeId?: string;
  /** The engine's own form of the error, without the trace. */
  error?: Record<string, unknown>;
}

/** What became of a question. A failure has the trace of the nodes that did run. */
export interface Outcome {
  result?: unknown;
  failure?: Failure;
  trace?: unknown;
  /** How long it took by the worker's clock, in words. */
  performance: string;
}

/** What the worker can do. */
export interface Engine {
  versions(): Promise<{ package: string; engine: string }>;
  /** Takes over changed documents; they are compiled when the next question comes. */
  update(changes: Changes): void;
  /** Takes over what custom nodes and HTTP requests answer. */
  stub(stubs: Stubs): void;
  evaluate(question: Question): Promise<Outcome>;
}
