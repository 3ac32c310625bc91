/** One document, compiled on its own, for any number of bundles. */

import { DocumentContent } from './wasm/zen_edge.js';
import { guarded } from './errors.js';
import { toBytes } from './json.js';
import { WasmObject } from './wasm-object.js';
import type { Json, Limits } from './types.js';

/**
 * A graph or policy that was compiled once: a loader may answer it, and
 * `CompiledBundle#evaluateContent` evaluates it. What it refers to is found when it is evaluated.
 *
 * It holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it
 * is no longer needed; a finalizer does so late. Evaluations under way finish all the same.
 */
export class CompiledContent {
  readonly #content: WasmObject<DocumentContent>;
  readonly #handle: number;

  private constructor(content: DocumentContent) {
    this.#content = new WasmObject(content, 'the content');
    this.#handle = content.handle;
  }

  /**
   * Compiles a document. Of a graph that cannot be evaluated (no input node, a cycle) nothing is said
   * here, as in upstream: `validate` and every evaluation do.
   * @throws ZenError `invalid`, `limitExceeded`.
   */
  static compile(document: Json, options: { limits?: Limits } = {}): CompiledContent {
    const limits = options.limits ? JSON.stringify(options.limits) : '';
    const bytes = toBytes(document);
    return guarded(() => new CompiledContent(new DocumentContent(bytes, limits)));
  }

  /** What kind of document it is. */
  get kind(): 'graph' | 'policy' {
    return guarded(() => (this.#content.inner.isPolicy ? 'policy' : 'graph'));
  }

  /** The document as JSON bytes in UTF-8, as the engine writes it: what the engine ignores is left out. */
  toBytes(): Uint8Array {
    return guarded(() => this.#content.inner.toBytes());
  }

  /** Checks that the graph can be evaluated. @throws ZenError `invalidGraph`; `contentKindMismatch` for a policy. */
  validate(): void {
    guarded(() => this.#content.inner.validate());
  }

  /** Gives the memory back. The content cannot be used afterwards. */
  dispose(): void {
    this.#content.dispose();
  }

  /** As `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What wasm knows of some content (a `DocumentContent`, whose type is not published); not for users. @internal */
  static inside(content: CompiledContent): unknown {
    return content.#content.inner;
  }

  /** The number by which wasm knows some content, given back or not; not for users. @internal */
  static handle(content: CompiledContent): number {
    return content.#handle;
  }
}
