/** A compiled bundle: the decisions of one release, ready to be evaluated. */

import { Bundle, BundleBuilder } from './wasm/zen_edge.js';
import { guarded, zenError } from './errors.js';
import { toText } from './json.js';
import type {
  CompileOptions,
  CompileReport,
  CustomNodeRequest,
  Documents,
  EvaluateOptions,
  Evaluation,
  Json,
} from './types.js';

/**
 * Decisions ready to be evaluated.
 *
 * ```js
 * const bundle = CompiledBundle.compile({ 'discount.json': document });
 * bundle.evaluateSync('discount.json', { total: 120 }).result;
 * ```
 *
 * It holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it
 * is no longer needed; a finalizer does so late.
 */
export class CompiledBundle {
  readonly #bundle: Bundle;

  private constructor(bundle: Bundle) {
    this.#bundle = bundle;
  }

  /**
   * Compiles documents.
   * @throws ZenError `notCompiled` with every failure, `limitExceeded`, `invalid`.
   */
  static compile(documents: Documents, options: CompileOptions = {}): CompiledBundle {
    return guarded(() => {
      const limits = options.limits ? JSON.stringify(options.limits) : '';
      const builder = new BundleBuilder(limits, options.onFailure === 'exclude');
      const pairs = Symbol.iterator in documents ? documents : Object.entries(documents);
      for (const [key, document] of pairs as Iterable<readonly [string, Json]>) {
        if (document instanceof Uint8Array) builder.addBytes(key, document);
        else builder.add(key, toText(document));
      }
      const { http, customHandler } = options;
      if (http) {
        const send = (request: string) => settled(http.handler(JSON.parse(request)), httpText);
        builder.grantHttp(send, http.allowedHosts);
      }
      if (customHandler) {
        builder.setCustomHandler((request: string, field: (path: string) => string | undefined) =>
          settled(customHandler(customNodeRequest(request, field)), (answer) => JSON.stringify(answer ?? {})),
        );
      }
      return new CompiledBundle(builder.compile());
    });
  }

  /** The keys of all decisions, as their authors wrote them. Look-up ignores case. */
  keys(): string[] {
    return guarded(() => this.#bundle.keys());
  }

  /** What compilation found. */
  get report(): CompileReport {
    return guarded(() => JSON.parse(this.#bundle.report()));
  }

  /** Evaluates a decision. @throws ZenError as a rejection. */
  async evaluate<Result = unknown>(
    key: string,
    context?: Json,
    options?: EvaluateOptions,
  ): Promise<Evaluation<Result>> {
    try {
      const answer = this.#bundle.evaluate(key, toText(context), optionsText(options));
      return JSON.parse(typeof answer === 'string' ? answer : await answer);
    } catch (thrown) {
      throw zenError(thrown);
    }
  }

  /** Evaluates a decision that awaits nothing, at once. @throws ZenError, `wouldAwait` among them. */
  evaluateSync<Result = unknown>(key: string, context?: Json, options?: EvaluateOptions): Evaluation<Result> {
    try {
      return JSON.parse(this.#bundle.evaluateSync(key, toText(context), optionsText(options)));
    } catch (thrown) {
      throw zenError(thrown);
    }
  }

  /** Gives the memory back. The bundle cannot be used afterwards. */
  dispose(): void {
    this.#bundle.free();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function optionsText(options: EvaluateOptions | undefined): string {
  if (!options) return '';
  const { now } = options;
  return JSON.stringify(now === undefined ? options : { ...options, now: Number(now) });
}

/** A handler's answer as text, at once if it came at once: a synchronous evaluation relies on it. */
function settled<T>(answer: T | Promise<T>, text: (answer: T) => string): string | Promise<string> {
  return answer instanceof Promise ? answer.then(text) : text(answer);
}

function httpText(response: { status: number; headers?: unknown; data?: unknown }): string {
  return JSON.stringify({ status: response.status, headers: response.headers ?? {}, data: response.data ?? null });
}

function customNodeRequest(text: string, field: (path: string) => string | undefined): CustomNodeRequest {
  const request = JSON.parse(text);
  return {
    ...request,
    getField: (path: string) => {
      const value = guarded(() => field(path));
      return value === undefined ? undefined : JSON.parse(value);
    },
    getFieldRaw: (path: string) =>
      path.split('.').reduce((value, name) => value?.[name], request.node.config),
  };
}
