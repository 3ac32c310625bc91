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
  /** The node's id. */
  id: string;
  /** The node's name, by which `$nodes` knows it. */
  name: string;
  /** What reached the node; `null` for the input node. */
  input: any;
  /** What left it; `null` for the output node and for one that failed. */
  output: any;
  /** How long it took, in words. */
  performance?: string;
  /** What its kind of node has to say: the rule that matched, the value of each expression, logs. */
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
  /** The decision's key. */
  key: string;
  /** What it is to decide on: an object, JSON text or its bytes. */
  context: any;
}

/** The result of one evaluation of a batch; the error is the engine's own form, not an `Error`. */
export type EvaluateBatchResult =
  | { success: true; data: ZenEngineResponse; error: null }
  | { success: false; data: null; error: EngineError };

/** Why a document of a loader cannot be evaluated. */
export interface ZenCompileFailure {
  /** The document's key. */
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
  /** The node's id. */
  id: string;
  /** The node's name. */
  name: string;
  /** Which custom node it is. */
  kind: string;
  /** Its configuration, templates as their author wrote them. */
  config: any;
}

/** The answer to a custom node. */
export interface ZenEngineHandlerResponse {
  /** What leaves the node. It has to be there; `null` is nothing. */
  output: any;
  /** What the trace is to say of the node. */
  traceData?: any;
}

/** A request of a function node. */
export interface ZenHttpHandlerRequest {
  /** `GET`, `POST` and so on, in capitals. */
  method: string;
  /** The address, without `params`. */
  url: string;
  /** What is to be sent, as a value; nothing if the function gave nothing. */
  body?: any;
  /** Headers by name as the function wrote it. */
  headers: Record<string, string>;
  /** What is to be added to the address's query. */
  params: Record<string, string>;
  /** How the request is to be signed, if the function says so: the handler's job here. */
  auth?: any;
}

/** The answer to a function node's request. */
export interface ZenHttpHandlerResponse {
  /** The HTTP status. Whatever it is, the function decides what it means. */
  status: number;
  /** Headers by name. */
  headers: any;
  /** The body, as a value. */
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

