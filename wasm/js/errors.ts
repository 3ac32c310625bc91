/** Errors: what the core says in JSON, as JavaScript `Error`s. */

/** What happened, and so what to do; the same names in every binding. */
export type ErrorCode =
  | 'invalid'
  | 'notFound'
  | 'loadFailed'
  | 'notCompiled'
  | 'limitExceeded'
  | 'nodeFailed'
  | 'depthLimitExceeded'
  | 'invalidGraph'
  | 'validation'
  | 'policyFailed'
  | 'contentKindMismatch'
  | 'expressionFailed'
  | 'wouldAwait'
  | 'stalled'
  | 'internal';

/** The engine's own form of an error, as the GoRules Agent answers it. */
export interface EngineError {
  type: string;
  source?: unknown;
  nodeId?: string;
  trace?: unknown;
  /** The limit that was reached, by its name in `Limits`. */
  limit?: string;
  [detail: string]: unknown;
}

/** A decision could not be compiled or evaluated. */
export class ZenError extends Error {
  override readonly name = 'ZenError';
  /** What happened. */
  readonly code: ErrorCode;
  /** The node that failed, if one did. */
  readonly nodeId: string | undefined;
  /** The trace up to the failure, if tracing was on. */
  readonly trace: unknown;
  /** The engine's own form of the error. */
  readonly error: EngineError;

  constructor(message: string, code: ErrorCode, error: EngineError, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.error = error;
    this.nodeId = error.nodeId;
    this.trace = error.trace;
  }

  /** So that an error survives `JSON.stringify` in a log or an answer. */
  toJSON(): EngineError & { message: string; code: ErrorCode } {
    return { ...this.error, message: this.message, code: this.code };
  }
}

/**
 * An error as `@gorules/zen-engine` throws it: its message is the engine's own form as JSON text, as in
 * `{"type":"NodeError","nodeId":"…","source":"…"}`. Everything else about it stays.
 */
export function nativeForm(thrown: unknown): unknown {
  const error = zenError(thrown);
  if (!(error instanceof ZenError)) return error;
  return new ZenError(JSON.stringify(error.error), error.code, error.error, { cause: error.cause });
}

/** Runs a call into wasm and turns what it throws into a `ZenError`. */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw zenError(thrown);
  }
}

/** What is said of a trap. Nothing loads a module a second time. */
export const TRAPPED = 'the wasm instance failed; load the page or the process again, and please report this';

/** What wasm threw as a `ZenError`. */
export function zenError(thrown: unknown): unknown {
  if (typeof thrown === 'string') {
    const { message, code, error } = JSON.parse(thrown);
    return new ZenError(message, code, error);
  }
  if (isTrap(thrown)) {
    return new ZenError(TRAPPED, 'internal', { type: 'Internal', source: String(thrown) }, { cause: thrown });
  }
  return thrown;
}

/** What was thrown, in its own words. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Whether an instance of a wasm module died of this: a trap, or the end of the stack or the memory. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || isExhaustion(thrown);
}

/** Whether the stack came to its end. */
export function isStackOverflow(thrown: unknown): boolean {
  return isExhaustion(thrown) && /call stack|recursion/i.test(thrown.message);
}

/** What JavaScript throws when it has not the room: Firefox has a class of its own. */
const isExhaustion = (thrown: unknown): thrown is Error =>
  thrown instanceof RangeError || (thrown instanceof Error && thrown.name === 'InternalError');
