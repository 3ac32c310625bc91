/** What an engine and its decisions share: the documents, compiled. */

import { CompiledBundle } from './bundle.js';
import { CompiledContent } from './compiled-content.js';
import { compileContent } from './content.js';
import { messageOf, nativeForm, ZenError } from './errors.js';
import { documentSource, type DocumentMap, type DocumentSource } from './loader.js';
import { handlers } from './handlers.js';
import type { ZenCompileFailure, ZenEngineOptions, ZenEngineResponse } from './engine-types.js';
import type { CompileOptions, CompileReport, EvaluateOptions, Json, LoadedDocument, Loader } from './types.js';

/** Documents as they were at one moment, compiled. */
interface Held {
  bundle: CompiledBundle;
  /** The documents themselves, by lower-cased key, for those who want one as a decision. */
  documents: DocumentMap;
  /** Documents whose keys differ only in case: each is found by its very key. */
  ambiguous: DocumentMap;
  /** The decisions among them that somebody wanted. */
  contents: Map<string, CompiledContent>;
  failures: ZenCompileFailure[];
}

/** The documents of an engine, and evaluations of them. */
export class EngineCore {
  readonly #source: DocumentSource;
  readonly #options: CompileOptions;
  #held: Held | undefined;
  /** The first opening, while it goes on and if it failed. */
  #opening: Promise<Held> | undefined;
  #disposed = false;

  /** @throws ZenError `invalid`, `limitExceeded` */
  constructor(options: ZenEngineOptions) {
    this.#source = documentSource(options.loader);
    this.#options = {
      ...handlers(options),
      ...(options.limits && { limits: options.limits }),
      onFailure: 'exclude',
    };
    const documents = this.#source.documents?.() ?? new Map();
    if (documents instanceof Promise) {
      this.#opening = documents.then((documents) => this.#hold(documents));
      // Whoever evaluates hears of a failure; nobody else needs to.
      this.#opening.catch(() => undefined);
    } else {
      this.#hold(documents);
    }
  }

  get failures(): ZenCompileFailure[] {
    return this.#held?.failures ?? [];
  }

  /** Reads the documents again; the old ones serve until then. */
  async reload(): Promise<void> {
    if (this.#opening && !this.#held && (await succeeds(this.#opening))) return;
    if (this.#source.documents && !this.#disposed) this.#hold(await this.#source.documents());
  }

  async evaluate(key: string, context: string, options: EvaluateOptions): Promise<ZenEngineResponse> {
    try {
      const { bundle } = this.#held ?? (await this.#opened(key));
      return (await bundle.evaluate(key, context, options)) as ZenEngineResponse;
    } catch (thrown) {
      throw evaluationError(thrown, key);
    }
  }

  evaluateSync(key: string, context: string, options: EvaluateOptions): ZenEngineResponse {
    try {
      return this.#now(key).bundle.evaluateSync(key, context, options) as ZenEngineResponse;
    } catch (thrown) {
      throw evaluationError(thrown, key);
    }
  }

  async evaluateContent(content: CompiledContent, context: string, options: EvaluateOptions): Promise<ZenEngineResponse> {
    try {
      const { bundle } = this.#held ?? (await this.#opened(''));
      return (await bundle.evaluateContent(content, context, options)) as ZenEngineResponse;
    } catch (thrown) {
      throw evaluationError(thrown);
    }
  }

  evaluateContentSync(content: CompiledContent, context: string, options: EvaluateOptions): ZenEngineResponse {
    try {
      return this.#now('').bundle.evaluateContentSync(content, context, options) as ZenEngineResponse;
    } catch (thrown) {
      throw evaluationError(thrown);
    }
  }

  /** The decision with a key, and whether the caller has to dispose of it. */
  async content(key: string): Promise<{ content: CompiledContent; owned: boolean }> {
    const held = this.#held ?? (await this.#opened(key));
    const lower = key.toLowerCase();
    const known = held.contents.get(lower);
    if (known) return { content: known, owned: false };
    const document = held.ambiguous.get(key) ?? held.documents.get(lower) ?? (await this.#load(key));
    if (document instanceof CompiledContent) return { content: document, owned: false };
    if (document === undefined || document === null) {
      throw new ZenError(`no document has the key \`${key}\``, 'notFound', { type: 'LoaderError', key });
    }
    const content = compileContent(document);
    if (held.documents.has(lower)) held.contents.set(lower, content);
    return { content, owned: !held.documents.has(lower) };
  }

  dispose(): void {
    this.#disposed = true;
    this.#opening = undefined;
    this.#held?.bundle.dispose();
    for (const content of this.#held?.contents.values() ?? []) content.dispose();
    this.#held = undefined;
  }

  async #load(key: string): Promise<LoadedDocument> {
    try {
      return await this.#source.load(key);
    } catch (thrown) {
      throw loadFailed(key, messageOf(thrown));
    }
  }

  async #opened(key: string): Promise<Held> {
    const held = await this.#opening?.catch((thrown: unknown) => {
      throw loadFailed(key, messageOf(thrown));
    });
    if (!held || this.#disposed) throw disposed(key);
    return held;
  }

  #now(key: string): Held {
    if (this.#held) return this.#held;
    if (this.#disposed) throw disposed(key);
    const message = 'the zip is still being opened; evaluate asynchronously, or await `reload()` first';
    throw new ZenError(message, 'wouldAwait', { type: 'WouldAwait', source: message });
  }

  #hold(documents: DocumentMap): Held {
    const { unique, ambiguous } = byCase(documents);
    const source = this.#source;
    // Not `this`: wasm holds the function, and nothing that wasm holds may hold the bundle, or no
    // finalizer would ever see it.
    const load: Loader = (key) => ambiguous.get(key) ?? source.load(key);
    const bundle = CompiledBundle.compile(unique.values(), { ...this.#options, loader: load });
    let failures: ZenCompileFailure[];
    try {
      failures = this.#failures(bundle, documents);
    } catch (thrown) {
      bundle.dispose();
      throw thrown;
    }
    const byLowerKey = new Map([...unique].map(([lower, [, document]]) => [lower, document]));
    const held: Held = { bundle, documents: byLowerKey, ambiguous, contents: new Map(), failures };
    // The contents of before belong to decisions that somebody may still hold.
    this.#held?.bundle.dispose();
    // Disposed of while a zip was being opened: nothing may stay.
    if (this.#disposed) bundle.dispose();
    else this.#held = held;
    return held;
  }

  /** @throws ZenError `invalid` for a document of the caller's own that is no decision */
  #failures(bundle: CompiledBundle, documents: DocumentMap): ZenCompileFailure[] {
    const { report } = bundle;
    const failures = reported(report);
    const known = new Set([...bundle.keys(), ...report.failures.map(({ key }) => key)]);
    for (const [key, document] of documents) {
      const malformed = report.failures.some((failure) => failure.key === key && failure.kind === 'malformed');
      if (known.has(key) && !malformed) continue;
      try {
        // Neither among the decisions nor among the failures: it says itself what is missing.
        compileContent(document).dispose();
      } catch (thrown) {
        if (this.#source.strict) throw thrown;
        if (malformed || !(thrown instanceof ZenError)) continue;
        failures.push({ key, kind: 'load', error: `Loader failed internally on key ${key}: ${thrown.error.source}.` });
      }
    }
    return failures;
  }
}

/** Documents by lower-cased key, and apart from them those whose keys differ only in case. */
function byCase(documents: DocumentMap): { unique: Map<string, readonly [string, Json]>; ambiguous: DocumentMap } {
  const unique = new Map<string, readonly [string, Json]>();
  const ambiguous: DocumentMap = new Map();
  for (const entry of documents) {
    const lower = entry[0].toLowerCase();
    const other = unique.get(lower);
    if (other) ambiguous.set(...entry).set(...other);
    unique.set(lower, entry);
  }
  for (const key of ambiguous.keys()) unique.delete(key.toLowerCase());
  return { unique, ambiguous };
}

/** A compile report as upstream's `compileFailures()`. */
function reported({ failures, warnings }: CompileReport): ZenCompileFailure[] {
  const imports = warnings.filter((warning) => warning.kind === 'policyImportOnly');
  return [
    ...failures.map(({ key, kind, message, diagnostics }) => ({
      key,
      kind: kind === 'graph' || kind === 'policy' ? kind : 'load',
      ...(diagnostics?.length
        ? { diagnostics: diagnostics as NonNullable<ZenCompileFailure['diagnostics']> }
        : { error: message }),
    })),
    ...imports.map(({ key }) => ({ key, kind: 'policyImportOnly' })),
  ];
}

/** Whether a promise is kept. */
const succeeds = (promise: Promise<unknown>): Promise<boolean> => promise.then(() => true, () => false);

const disposed = (key: string): ZenError => loadFailed(key, 'the engine is disposed');

function loadFailed(key: string, source: string): ZenError {
  return new ZenError(`\`${key}\` could not be loaded: ${source}`, 'loadFailed', { type: 'LoaderError', key, source });
}

/** An error of an evaluation in upstream's form. */
function evaluationError(thrown: unknown, key = ''): unknown {
  if (!(thrown instanceof ZenError)) return nativeForm(thrown);
  const { error, message, code } = thrown;
  switch (error.type) {
    // A document that cannot even be read: upstream's loader is what fails.
    case 'CompileError':
      return nativeForm(loadFailed(key, message));
    // Options were checked before, so it is the context.
    case 'InvalidInput':
      return nativeForm(new ZenError(message, code, { ...error, type: 'ContextError' }));
    default:
      return nativeForm(thrown);
  }
}
