/** A compiled bundle: the decisions of one release, ready to be evaluated. */

import { Bundle, BundleBuilder, type DocumentContent } from './wasm/zen_edge.js';
import { answer, answered } from './answer.js';
import { CompiledContent } from './compiled-content.js';
import { guarded } from './errors.js';
import { fleetingBytes, isBytes, stringify, toText } from './json.js';
import { isPromise } from './promise.js';
import { WasmObject } from './wasm-object.js';
import type {
  CaseOutcome,
  CompileOptions,
  CompileReport,
  CustomNodeRequest,
  Documents,
  EvaluateOptions,
  Evaluation,
  Json,
  LoadedDocument,
  TestCase,
  TestDocument,
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
  readonly #bundle: WasmObject<Bundle>;

  private constructor(bundle: Bundle) {
    this.#bundle = new WasmObject(bundle, 'the bundle');
  }

  /**
   * Compiles documents.
   * @throws ZenError `notCompiled` with every failure, `limitExceeded`, `invalid`.
   */
  static compile(documents: Documents, options: CompileOptions = {}): CompiledBundle {
    const limits = options.limits ? JSON.stringify(options.limits) : '';
    const builder = guarded(() => new BundleBuilder(limits, options.onFailure === 'exclude'));
    const pairs = Symbol.iterator in documents ? documents : Object.entries(documents);
    for (const [key, document] of pairs as Iterable<readonly [string, Json]>) {
      const json = isBytes(document) ? document : toText(document);
      guarded(() => (typeof json === 'string' ? builder.add(key, json) : builder.addBytes(key, json)));
    }
    return guarded(() => {
      const { http, customHandler, loader } = options;
      if (http) {
        const send = (request: string) => settled(http.handler(JSON.parse(request)), httpText);
        builder.grantHttp(send, http.allowedHosts === 'any' ? undefined : http.allowedHosts);
      }
      if (customHandler) {
        builder.setCustomHandler((request: string, field: (path: string) => string | undefined) =>
          settled(customHandler(customNodeRequest(request, field)), (answer) => stringify(answer ?? {})),
        );
      }
      if (loader) builder.setLoader((key: string) => settled(loader(key), loaded));
      return new CompiledBundle(builder.compile());
    });
  }

  /** The keys of all decisions, as their authors wrote them. Look-up ignores case. */
  keys(): string[] {
    return guarded(() => this.#bundle.inner.keys());
  }

  /** What compilation found. */
  get report(): CompileReport {
    return guarded(() => JSON.parse(this.#bundle.inner.report()));
  }

  /** Evaluates a decision. @throws ZenError as a rejection. */
  async evaluate<Result = unknown>(
    key: string,
    context?: Json,
    options?: EvaluateOptions,
  ): Promise<Evaluation<Result>> {
    const text = toText(context);
    return answered(() => this.#bundle.inner.evaluate(key, ...inputs(text, options)));
  }

  /** Evaluates a decision that awaits nothing, at once. @throws ZenError, `wouldAwait` among them. */
  evaluateSync<Result = unknown>(key: string, context?: Json, options?: EvaluateOptions): Evaluation<Result> {
    const text = toText(context);
    return answer(() => this.#bundle.inner.evaluateSync(key, ...inputs(text, options)));
  }

  /**
   * Evaluates a graph of its own; what it calls is the bundle's, or the loader's.
   * @throws ZenError as a rejection; `contentKindMismatch` for a policy.
   */
  async evaluateContent<Result = unknown>(
    content: CompiledContent,
    context?: Json,
    options?: EvaluateOptions,
  ): Promise<Evaluation<Result>> {
    const text = toText(context);
    return answered(() =>
      this.#bundle.inner.evaluateContent(CompiledContent.inside(content) as DocumentContent, ...inputs(text, options)),
    );
  }

  /** Evaluates a graph of its own that awaits nothing, at once. @throws ZenError, `wouldAwait` among them. */
  evaluateContentSync<Result = unknown>(
    content: CompiledContent,
    context?: Json,
    options?: EvaluateOptions,
  ): Evaluation<Result> {
    const text = toText(context);
    return answer(() =>
      this.#bundle.inner.evaluateContentSync(CompiledContent.inside(content) as DocumentContent, ...inputs(text, options)),
    );
  }

  /**
   * Runs a test case at once, whether or not it is switched off, and says whether it is right: numbers
   * are compared as decimals, to the last digit. `now` counts only if the document fixes no clock.
   * @throws ZenError `invalid` for what is no test case; an answer that is an error is an outcome.
   */
  runCase(
    document: Pick<TestDocument, 'filePath' | 'now'>,
    testCase: Pick<TestCase, 'input' | 'expected'>,
    options?: Pick<EvaluateOptions, 'trace' | 'now'>,
  ): CaseOutcome {
    const { filePath, now } = document;
    const { input, expected } = testCase;
    const text = JSON.stringify({ filePath, now, input: toText(input), expected });
    return guarded(() => JSON.parse(this.#bundle.inner.runCase(text, optionsText(options))));
  }

  /** Gives the memory back. The bundle cannot be used afterwards. */
  dispose(): void {
    this.#bundle.dispose();
  }

  /** As `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A context (JSON text) and options in wasm's form, to be handed over at once, and that `answer` reads the answer. */
function inputs(text: string, options: EvaluateOptions | undefined): [Uint8Array, string, true] {
  const ours = optionsText(options);
  // Last: making JSON of the options may run code of the caller's, and that may evaluate.
  return [fleetingBytes(text), ours, true];
}

function optionsText(options: EvaluateOptions | undefined): string {
  if (!options) return '';
  const { now } = options;
  return JSON.stringify(now === undefined ? options : { ...options, now: Number(now) });
}

/** A handler's answer in wasm's form, at once if it came at once: a synchronous evaluation relies on it. */
function settled<T, U>(answer: T | Promise<T>, form: (answer: T) => U): U | Promise<U> {
  return isPromise(answer) ? Promise.resolve(answer).then(form) : form(answer);
}

/** What a loader gave: JSON text or bytes, the handle of compiled content, or nothing. */
function loaded(document: LoadedDocument): string | Uint8Array | number | undefined {
  if (document === null || document === undefined) return undefined;
  if (document instanceof CompiledContent) return CompiledContent.handle(document);
  if (document instanceof Uint8Array) return document;
  // Wasm knows the bytes of this realm only.
  return isBytes(document) ? new Uint8Array(document) : toText(document);
}

function httpText(response: { status: number; headers?: unknown; data?: unknown }): string {
  return stringify({ status: response.status, headers: response.headers ?? {}, data: response.data ?? null });
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
