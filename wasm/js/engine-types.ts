/** The shapes of `@gorules/zen-engine` 2.x, under the same names. */

import type { ZenDecisionContent } from './content.js';
import type { ZenEngineHandlerRequest } from './handlers.js';
import type { EngineError, ZenError } from './errors.js';
import type { Json, Limits } from './types.js';

/** What a loader function answers: a document in any form, or nothing if there is none. */
export type ZenLoaderAnswer = ZenDecisionContent | Json | null | undefined;

/** Finds documents by key, at once or by a promise. It is asked at every evaluation. */
export type ZenLoaderFunction = (key: string) => ZenLoaderAnswer | Promise<ZenLoaderAnswer>;

/** Where an engine finds its documents. */
export type ZenLoader =
  | ZenLoaderFunction
  /** Documents by key, compiled by the constructor. */
  | { type: 'static'; content: Record<string, Json> }
  /** The `.json` files of a folder, read and compiled by the constructor and by `reload()`. Node, Deno and Bun only. */
  | { type: 'fs'; path: string }
  /** A release zip, as GoRules BRMS exports it; evaluations wait until it is opened. */
  | { type: 'zip'; bytes: Uint8Array };

/** How to make an engine. */
export interface ZenEngineOptions {
  /** Where documents come from. Without it only `createDecision` has any. */
  loader?: ZenLoader;
  /** Answers custom nodes. */
  customHandler?: (
    request: ZenEngineHandlerRequest,
  ) => ZenEngineHandlerResponse | Promise<ZenEngineHandlerResponse>;
  /** Sends the requests of function nodes. Without it every request is refused. */
  httpHandler?: (request: ZenHttpHandlerRequest) => ZenHttpHandlerResponse | Promise<ZenHttpHandlerResponse>;
  /** Hosts that function nodes may reach, as in `HttpAccess`; any by default. Not in `@gorules/zen-engine`. */
  allowedHosts?: string[] | 'any';
  /** Bounds on documents, contexts and evaluations. Not in `@gorules/zen-engine`. */
  limits?: Limits;
}

/** How to evaluate. */
export interface ZenEvaluateOptions {
  /** How deeply decisions may call each other; the default is 5. */
  maxDepth?: number;
  /** Whether and in which form to trace; the default is none, which is fastest. */
  trace?: boolean | 'string' | 'reference' | 'referenceString' | 'none' | 'default';
  /** The clock that rules see. Not in `@gorules/zen-engine`. */
  now?: Date | number;
}

/** The answer of a decision. */
export interface ZenEngineResponse {
  /** How long it took, in words, such as `41.2µs`. */
  performance: string;
  /** What the decision says. */
  // As upstream: what a decision says is known to its author only.
  result: any;
  /** How it came to its answer, by node id, if asked for. */
  trace?: Record<string, ZenEngineTrace>;
}

/** What one node did. */
export interface ZenEngineTrace {
  id: string;
  name: string;
  input: any;
  output: any;
  performance?: string;
  traceData?: any;
  /** The position in the order of execution, from 0. */
  order: number;
}

/** An answer or an error, for callers who rather look than catch. */
export type SafeResult<Data, Failure = ZenError> =
  | { success: true; data: Data }
  | { success: false; error: Failure };

/** One evaluation of a batch. */
export interface EvaluateBatchRequest {
  key: string;
  context: any;
}

/** The result of one evaluation of a batch; the error is the engine's own form, not an `Error`. */
export type EvaluateBatchResult =
  | { success: true; data: ZenEngineResponse; error: null }
  | { success: false; data: null; error: EngineError };

/** Why a document of a loader cannot be evaluated. */
export interface ZenCompileFailure {
  key: string;
  /** `load`, `graph`, `policy` or `policyImportOnly`. */
  kind: string;
  /** What is wrong with a policy. */
  diagnostics?: { code: string; message: string; severity: string }[];
  /** What is wrong with anything else. */
  error?: string;
}

/** The custom node that is to be answered. */
export interface DecisionNode {
  id: string;
  name: string;
  kind: string;
  config: any;
}

/** The answer to a custom node. */
export interface ZenEngineHandlerResponse {
  output: any;
  traceData?: any;
}

/** A request of a function node. */
export interface ZenHttpHandlerRequest {
  method: string;
  url: string;
  body?: any;
  headers: Record<string, string>;
  params: Record<string, string>;
  /** How the request is to be signed, if the function says so: the handler's job here. */
  auth?: any;
}

/** The answer to a function node's request. */
export interface ZenHttpHandlerResponse {
  status: number;
  headers: any;
  data: any;
}

/** Settings of every engine at once. */
export interface ZenConfig {
  /** Whether nodes see `$nodes`, the outputs of all nodes before them; the default is `true`. */
  nodesInContext?: boolean;
  /** How long a function may work, as a share of the engine's own limit of 5000; see `overrideConfig`. */
  functionTimeoutMillis?: number;
  /** Whether function nodes may ask for signed requests; signing is the `httpHandler`'s job here. */
  httpAuth?: boolean;
}

