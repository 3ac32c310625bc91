/** One decision, as `@gorules/zen-engine` has it. */

import { ZenError } from './errors.js';
import { invalid } from './json.js';
import { contextArgument, evaluateOptions } from './options.js';
import { safe } from './safe.js';
import type { CompiledContent } from './compiled-content.js';
import type { EngineCore } from './engine-core.js';
import type { SafeResult, ZenEngineResponse, ZenEvaluateOptions } from './engine-types.js';

/** Makes a decision. `owned`: nobody else disposes of the content. */
export let asDecision: (core: EngineCore, content: CompiledContent, owned: boolean) => ZenDecision;

/**
 * One decision, made by `createDecision` or `getDecision` of an engine. Decisions that it calls are
 * found by that engine's loader.
 *
 * ```js
 * const decision = new ZenEngine().createDecision(document);
 * const { result } = await decision.evaluate({ total: 120 });
 * ```
 *
 * It holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it is
 * no longer needed; a finalizer does so late.
 */
export class ZenDecision {
  readonly #core: EngineCore;
  readonly #content: CompiledContent;
  readonly #owned: boolean;

  private constructor(core: EngineCore, content: CompiledContent, owned: boolean) {
    if (!core) throw invalid('a decision is made by an engine: the constructor is private');
    this.#core = core;
    this.#content = content;
    this.#owned = owned;
  }

  /**
   * Evaluates the decision.
   * @throws ZenError at once for a context or options that cannot be used, else as a rejection
   */
  evaluate(context: any, opts?: ZenEvaluateOptions | null): Promise<ZenEngineResponse> {
    return this.#core.evaluateContent(this.#content, contextArgument(context), evaluateOptions(opts));
  }

  /** Evaluates the decision; what goes wrong is in the result. Arguments that cannot be used are thrown. */
  safeEvaluate(context: any, opts?: ZenEvaluateOptions | null): Promise<SafeResult<ZenEngineResponse>> {
    return safe(this.evaluate(context, opts));
  }

  /**
   * Evaluates a decision that awaits nothing, at once. Not in `@gorules/zen-engine`.
   * @throws ZenError, `wouldAwait` among them
   */
  evaluateSync(context: any, opts?: ZenEvaluateOptions | null): ZenEngineResponse {
    return this.#core.evaluateContentSync(this.#content, contextArgument(context), evaluateOptions(opts));
  }

  /** Checks that the graph can be evaluated: one input node, no cycle, no edge to nowhere. @throws ZenError `invalidGraph` */
  validate(): void {
    try {
      this.#content.validate();
    } catch (thrown) {
      if (!(thrown instanceof ZenError)) throw thrown;
      // Upstream's message is what is wrong with the graph alone.
      throw new ZenError(JSON.stringify(thrown.error.source), thrown.code, thrown.error);
    }
  }

  /** Gives the memory back that is this decision's alone. It cannot be used afterwards. */
  dispose(): void {
    if (this.#owned) this.#content.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    asDecision = (core, content, owned) => new ZenDecision(core, content, owned);
  }
}
