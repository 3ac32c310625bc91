/** The engine of `@gorules/zen-engine` 2.x: the same calls, answers and errors. */

import { asDecision, type ZenDecision } from './decision.js';
import { compileContent, compiledOf, ZenDecisionContent } from './content.js';
import { EngineCore } from './engine-core.js';
import { ZenError } from './errors.js';
import { invalid } from './json.js';
import { contextArgument, evaluateOptions, textArgument } from './options.js';
import { safe } from './safe.js';
import type {
  EvaluateBatchRequest,
  EvaluateBatchResult,
  SafeResult,
  ZenCompileFailure,
  ZenEngineOptions,
  ZenEngineResponse,
  ZenEvaluateOptions,
} from './engine-types.js';
import type { Json } from './types.js';

/**
 * Evaluates decisions, as the class of the same name in `@gorules/zen-engine`.
 *
 * ```js
 * const engine = new ZenEngine({ loader: async (key) => readFile(`rules/${key}`) });
 * const { result } = await engine.evaluate('discount.json', { total: 120 });
 * ```
 *
 * Arguments that cannot be used are thrown at once; everything else that goes wrong is a rejection with
 * a `ZenError`: its `message` is the engine's own form as JSON text (`{"type":"NodeError","nodeId":"…",
 * "source":"…"}`), and the same is there as fields (`error`, `nodeId`, `trace`) with a `code` for what
 * happened.
 *
 * An engine holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it
 * is no longer needed; a finalizer does so late.
 */
export class ZenEngine {
  readonly #core: EngineCore;

  /**
   * Makes an engine; documents that a `static` or `fs` loader knows are compiled here.
   * @throws ZenError `invalid`, also for a document of a `static` loader that is no decision
   */
  constructor(options?: ZenEngineOptions | null) {
    this.#core = new EngineCore(typeof options === 'object' && options !== null ? options : {});
  }

  /**
   * Evaluates the decision with a key.
   * @throws ZenError at once for a key, context or options that cannot be used, else as a rejection
   */
  evaluate(key: string, context: any, opts?: ZenEvaluateOptions | null): Promise<ZenEngineResponse> {
    return this.#core.evaluate(textArgument(key, 'key'), contextArgument(context), evaluateOptions(opts));
  }

  /** Evaluates; what goes wrong is in the result. Arguments that cannot be used are thrown. */
  safeEvaluate(key: string, context: any, opts?: ZenEvaluateOptions | null): Promise<SafeResult<ZenEngineResponse>> {
    return safe(this.evaluate(key, context, opts));
  }

  /**
   * Evaluates a decision that awaits nothing (no HTTP, no sleep, loader and handlers that answer at
   * once), at once. Not in `@gorules/zen-engine`.
   * @throws ZenError, `wouldAwait` among them
   */
  evaluateSync(key: string, context: any, opts?: ZenEvaluateOptions | null): ZenEngineResponse {
    return this.#core.evaluateSync(textArgument(key, 'key'), contextArgument(context), evaluateOptions(opts));
  }

  /**
   * Evaluates many, and answers in their order. An error is the engine's own form, not an `Error`.
   *
   * ```js
   * const [first] = await engine.evaluateBatch([{ key: 'discount.json', context: { total: 120 } }]);
   * if (first.success) console.log(first.data.result);
   * ```
   * @throws ZenError at once for requests that cannot be used
   */
  evaluateBatch(requests: EvaluateBatchRequest[], opts?: ZenEvaluateOptions | null): Promise<EvaluateBatchResult[]> {
    if (!Array.isArray(requests)) throw invalid('`requests` is not a list');
    const options = evaluateOptions(opts);
    const checked = requests.map(({ key, context }) => [textArgument(key, 'key'), contextArgument(context)] as const);
    return Promise.all(checked.map(([key, context]) => batched(this.#core.evaluate(key, context, options))));
  }

  /**
   * The decision with a key, as the loader has it now.
   * @throws ZenError as a rejection: `notFound`, `loadFailed`, `contentKindMismatch` for a policy
   */
  getDecision(key: string): Promise<ZenDecision> {
    return this.#decision(textArgument(key, 'key'));
  }

  /** As `getDecision`; what goes wrong is in the result. */
  safeGetDecision(key: string): Promise<SafeResult<ZenDecision>> {
    return safe(this.getDecision(key));
  }

  /**
   * A decision from a document; what it calls is found by the engine's loader.
   * @throws ZenError `invalid`, `contentKindMismatch` for a policy
   */
  createDecision(content: ZenDecisionContent | Json): ZenDecision {
    const owned = !(content instanceof ZenDecisionContent);
    const compiled = owned ? compileContent(content) : compiledOf(content);
    if (compiled.kind === 'graph') return asDecision(this.#core, compiled, owned);
    if (owned) compiled.dispose();
    throw notAGraph();
  }

  /**
   * Reads and compiles the documents of the loader again; until then the old ones serve. With a `zip`
   * loader it also waits for the first opening.
   */
  reload(): Promise<void> {
    return this.#core.reload();
  }

  /** The documents of a `static`, `fs` or `zip` loader that cannot be evaluated, and why. */
  compileFailures(): ZenCompileFailure[] {
    return this.#core.failures;
  }

  /** Gives the memory back. Neither the engine nor its decisions can be used afterwards. */
  dispose(): void {
    this.#core.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #decision(key: string): Promise<ZenDecision> {
    const { content, owned } = await this.#core.content(key).catch((thrown) => {
      throw notFound(key, thrown);
    });
    if (content.kind !== 'graph') throw notAGraph();
    return asDecision(this.#core, content, owned);
  }
}

async function batched(evaluation: Promise<ZenEngineResponse>): Promise<EvaluateBatchResult> {
  try {
    return { success: true, data: await evaluation, error: null };
  } catch (thrown) {
    if (!(thrown instanceof ZenError)) throw thrown;
    return { success: false, data: null, error: thrown.error };
  }
}

function notAGraph(): ZenError {
  const message = 'expected graph content, got policy';
  return new ZenError(message, 'contentKindMismatch', { type: 'ContentKindMismatch', expected: 'graph', got: 'policy' });
}

/** In upstream's words: this message is text, not JSON. */
function notFound(key: string, thrown: unknown): unknown {
  if (!(thrown instanceof ZenError)) return thrown;
  const { code, error, message } = thrown;
  const cause = error.source === undefined ? message : String(error.source);
  return new ZenError(`Failed to find decision with key = ${key}\n\nCaused by:\n    ${cause}`, code, error);
}
