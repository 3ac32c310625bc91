/** A release that is shipped with an app: opened, compiled, and evaluated from. */

import { CompiledBundle } from './bundle.js';
import { type BundleSource, type OpenedBundle, type OpenedRelease, type OpenOptions, openBundle } from './releases/open.js';
import type {
  CaseOutcome,
  CompileOptions,
  CompileReport,
  EvaluateOptions,
  Evaluation,
  Json,
  TestCase,
  TestDocument,
} from './types.js';

/** How a bundle is opened and compiled. */
export interface LoadOptions extends CompileOptions {
  /** The SHA-256 that the zip must have, 64 hexadecimal digits. Nothing else proves what it is. */
  digest?: string;
  /** Bounds on the zip; `limits` are those of the engine. */
  bundleLimits?: OpenOptions['limits'];
  /** Ends a download. */
  signal?: AbortSignal;
}

/** How a test case of a bundle went. */
export interface BundleCaseOutcome extends CaseOutcome {
  document: TestDocument;
  case: TestCase;
}

/**
 * A release ready to be evaluated.
 *
 * It holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it is no
 * longer needed; a finalizer does so late.
 */
export class LoadedBundle {
  readonly #opened: OpenedBundle;
  readonly #compiled: CompiledBundle;

  /** @internal */
  constructor(opened: OpenedBundle, compiled: CompiledBundle) {
    this.#opened = opened;
    this.#compiled = compiled;
  }

  /** Which release the bundle says it is. */
  get release(): OpenedRelease {
    return this.#opened.release;
  }

  /** The zip's SHA-256, 64 lower-case hexadecimal digits. */
  get digest(): string {
    return this.#opened.release.digest;
  }

  /** The bundle as it was read. */
  get opened(): OpenedBundle {
    return this.#opened;
  }

  /** What compilation found. */
  get report(): CompileReport {
    return this.#compiled.report;
  }

  /** The keys of all decisions, as their authors wrote them. Look-up ignores case. */
  keys(): string[] {
    return this.#compiled.keys();
  }

  /** Evaluates a decision. @throws ZenError as a rejection. */
  evaluate<Result = unknown>(key: string, context?: Json, options?: EvaluateOptions): Promise<Evaluation<Result>> {
    return this.#compiled.evaluate(key, context, options);
  }

  /** Evaluates a decision that awaits nothing, at once. @throws ZenError, `wouldAwait` among them. */
  evaluateSync<Result = unknown>(key: string, context?: Json, options?: EvaluateOptions): Evaluation<Result> {
    return this.#compiled.evaluateSync(key, context, options);
  }

  /**
   * Runs the bundle's own test cases, but for those that their author has switched off. `fault` says what is
   * wrong with an outcome; without it, the case is right.
   * @throws ReleaseError `invalidDocument` for tests that are not in a form we know
   */
  runTests(options: Pick<EvaluateOptions, 'trace' | 'now'> & { smokeOnly?: boolean } = {}): BundleCaseOutcome[] {
    const { smokeOnly = false, ...how } = options;
    const documents = this.#opened.tests().filter(({ disabled }) => !disabled);
    return documents.flatMap((document) => {
      const cases = document.cases.filter(({ disabled, smoke }) => !disabled && (smoke || !smokeOnly));
      return cases.map((testCase) => ({ document, case: testCase, ...this.#compiled.runCase(document, testCase, how) }));
    });
  }

  /** Gives the memory back. The bundle cannot be evaluated afterwards. */
  dispose(): void {
    this.#compiled.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Loads a release zip: reads it strictly (`openBundle`) and compiles its decisions.
 *
 * ```js
 * const pricing = await loadBundle(new URL('./pricing.zip', import.meta.url), { digest: '3a7b…' });
 * pricing.evaluateSync('discount.json', { total: 120 }).result;
 * ```
 *
 * @throws ReleaseError for a zip that cannot be had or is refused, `digestMismatch` among them
 * @throws ZenError `notCompiled` with every failure, `limitExceeded`
 */
export async function loadBundle(source: BundleSource, options: LoadOptions = {}): Promise<LoadedBundle> {
  const { digest, bundleLimits, signal, ...compile } = options;
  const opened = await openBundle(source, {
    ...(digest !== undefined && { digest }),
    ...(bundleLimits && { limits: bundleLimits }),
    ...(signal && { signal }),
  });
  return new LoadedBundle(opened, CompiledBundle.compile(opened.documents(), compile));
}
