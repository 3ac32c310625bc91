/** The shapes that users of the package see. */

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
  /** How it came to its answer, if asked for. */
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
  /** Where requests may go: `api.example.com`, `api.example.com:8443`, `*.example.com`. */
  allowedHosts: string[];
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

/** How to compile. */
export interface CompileOptions {
  limits?: Limits;
  http?: HttpAccess;
  /** Answers custom nodes, at once or by a promise. */
  customHandler?(request: CustomNodeRequest): CustomNodeResponse | Promise<CustomNodeResponse>;
  /**
   * What a document that does not compile means for the others: `'refuse'` (the default) throws,
   * `'exclude'` compiles the others and names it in the report.
   */
  onFailure?: 'refuse' | 'exclude';
}

/** What compilation found. */
export interface CompileReport {
  failures: { key: string; kind: string; message: string; diagnostics?: unknown[] }[];
  warnings: { key: string; nodeId?: string; message: string }[];
}
