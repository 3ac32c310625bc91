/** What the page and the worker that evaluates say to each other. */

import type { Derived } from '../model/schema';
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

/** A test case to run. */
export interface CaseQuestion {
  /** The decision's key. */
  key: string;
  /** The context, as JSON text. */
  input: string;
  /** What must come out, as JSON text; without it, whatever is not an error is right. */
  expected?: { output: string } | { error: string };
  /** The clock that rules see, such as `2026-03-15T09:30:00Z`. */
  now?: string;
}

/** How a test case went. */
export interface CaseAnswer {
  outcome: Outcome;
  /**
   * What the engine says of the answer, numbers compared as decimals: what is wrong, or nothing.
   * Missing if the decision waits, for then the engine answers but does not compare.
   */
  verdict?: { fault?: string };
}

/** The answer of a case that could not be run. */
export function notRun(failure: Failure): CaseAnswer {
  return { outcome: { failure, performance: '' }, verdict: { fault: `it failed: ${failure.message}` } };
}

/** Something that compilation has to say about a document. */
export interface Finding {
  /** An error keeps the document from being run; a warning only where a run comes upon it. */
  severity: 'error' | 'warning';
  /** The document that it is about. */
  key: string;
  /** The node or block that it is about, if it is one. */
  nodeId?: string;
  message: string;
}

/** What the worker can do. */
export interface Engine {
  versions(): Promise<{ package: string; engine: string }>;
  /** Takes over changed documents; they are compiled when the next question comes. */
  update(changes: Changes): void;
  /** Takes over what custom nodes and HTTP requests answer. */
  stub(stubs: Stubs): void;
  evaluate(question: Question): Promise<Outcome>;
  /** Runs a test case. */
  runCase(question: CaseQuestion): Promise<CaseAnswer>;
  /** What compilation says about a decision and all that it needs. */
  check(key: string): Promise<Finding[]>;
  /** What a decision reads of its input, as far as that can be derived. */
  inputs(key: string): Promise<Derived>;
}
