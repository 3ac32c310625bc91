/** The shapes that users of the package see. */

import type { EngineError } from './errors.js';
import type { CompiledContent } from './compiled-content.js';

/** A document or a context: an object, JSON text, or the bytes of JSON text in UTF-8. */
export type Json = string | Uint8Array | object;

/** Documents by decision key, the path of the file they come from. */
export type Documents = Record<string, Json> | Iterable<readonly [key: string, document: Json]>;

/** The form of a trace; `true` is `'default'`. Policies have no reference forms of their own. */
export type TraceOption = boolean | 'none' | 'default' | 'string' | 'reference' | 'referenceString';

/** How to evaluate. */
export interface EvaluateOptions {
  /** Whether and in which form to trace; the default is none, which is fastest. */
  trace?: TraceOption;
  /** How deeply decisions may call each other; the default is 10. */
  maxDepth?: number;
  /** The clock that rules see, as a date or in milliseconds since 1970; the default is the host's. */
  now?: Date | number;
}

/** The answer of a decision. */
export interface Evaluation<Result = unknown> {
  /** What the decision says. */
  result: Result;
  /** How long it took by the host's clock, in words, such as `41.2µs`. */
  performance: string;
  /**
   * How it came to its answer, if asked for. A large value that it shows several times may be one object
   * in all these places, but none of it is in `result`. Who changes a trace therefore changes a copy made
   * by JSON text.
   */
  trace?: unknown;
}

/** A custom node that is to be answered. */
export interface CustomNodeRequest {
  node: { id: string; name: string; kind: string; config: unknown };
  /** What reaches the node, `$nodes` included. */
  input: unknown;
  /** A field of the configuration by dotted path, its template rendered with the input. */
  getField(path: string): unknown;
  /** A field of the configuration by dotted path, as its author wrote it. */
  getFieldRaw(path: string): unknown;
}

/** The answer to a custom node. */
export interface CustomNodeResponse {
  output?: unknown;
  traceData?: unknown;
}

/** A request of a function node. Signing it as `auth` says is the handler's job. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  params: Record<string, string>;
  body?: unknown;
  auth?: unknown;
}

/** The answer to a function node's request. */
export interface HttpResponse {
  status: number;
  headers?: Record<string, unknown>;
  data?: unknown;
}

/** HTTP for function nodes. Without it every request is refused. */
export interface HttpAccess {
  /**
   * Where requests may go: `api.example.com`, `api.example.com:8443`, `*.example.com`. `'any'` leaves
   * it to the handler, and no address is looked at before.
   */
  allowedHosts: string[] | 'any';
  /** Sends a request. It must not follow redirects to hosts that are not allowed. */
  handler(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}

/** Bounds on documents, contexts and evaluations; those left out keep their defaults. */
export type Limits = Partial<
  Record<
    | 'documents'
    | 'documentBytes'
    | 'nodes'
    | 'tableRows'
    | 'contextBytes'
    | 'jsonDepth'
    | 'resultBytes'
    | 'callDepth'
    | 'expressionSteps'
    | 'expressionBytes'
    | 'functionSteps'
    | 'functionBytes'
    | 'valueBytes'
    | 'functionSleepMillis',
    number
  >
>;

/** What a loader answers: a document, one that was compiled before, or nothing if there is none. */
export type LoadedDocument = Json | CompiledContent | null | undefined;

/**
 * Finds a document by its key, exactly as the rules or the caller wrote it, at once or by a promise.
 *
 * It is asked whenever an evaluation needs a key that the bundle does not hold: for the decision
 * itself, decision nodes, `zen.evaluate` in functions, and imports of documents that were loaded
 * themselves. Nothing that it answered is used again without asking, so it always has the last word;
 * a document whose text has not changed is not compiled again. Documents, and how deep they call each
 * other, are bounded as those of the bundle are.
 *
 * What it throws ends the evaluation with `loadFailed`; nothing (`null`, `undefined`) with `notFound`.
 * A synchronous evaluation needs an answer at once, and else ends with `wouldAwait`.
 */
export type Loader = (key: string) => LoadedDocument | Promise<LoadedDocument>;

/** How to compile. */
export interface CompileOptions {
  limits?: Limits;
  http?: HttpAccess;
  /** Answers custom nodes, at once or by a promise. */
  customHandler?(request: CustomNodeRequest): CustomNodeResponse | Promise<CustomNodeResponse>;
  /** Finds what the bundle does not hold; without it, there is nothing else. */
  loader?: Loader;
  /**
   * What a document that does not compile means for the others: `'refuse'` (the default) throws,
   * `'exclude'` compiles the others and names it in the report.
   */
  onFailure?: 'refuse' | 'exclude';
}

/** What compilation found. */
export interface CompileReport {
  failures: { key: string; kind: string; message: string; diagnostics?: unknown[] }[];
  warnings: { key: string; nodeId?: string; kind?: 'policyImportOnly'; message: string }[];
}

/** Test cases for one decision, as a release holds them. */
export interface TestDocument {
  /** The document that holds the cases. */
  path: string;
  /** The key of the decision that they test. */
  filePath: string;
  /** Whether its author has switched all of it off. */
  disabled: boolean;
  /** The clock of its cases, such as `2026-03-15T09:30:00Z`, if it fixes one. */
  now?: string;
  cases: TestCase[];
}

/** One test case. */
export interface TestCase {
  /** Its id in BRMS. */
  id?: string;
  name?: string;
  /** The context; as JSON text no digit of a long number is lost. */
  input: Json;
  /** Whether its author has switched it off. */
  disabled: boolean;
  /** Whether it is one that must be right before a release is served. */
  smoke: boolean;
  /**
   * What must come out, as JSON text: this output, or an error whose JSON form has these members.
   * Without it, whatever is not an error is right.
   */
  expected?: { output: string } | { error: string };
}

/** How a test case went. */
export interface CaseOutcome {
  /** The answer, or the error in the engine's form. */
  answer: Evaluation | { error: EngineError } | null;
  /** What is wrong with the answer; absent if it is right. */
  fault?: string;
}
