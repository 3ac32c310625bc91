/** A decision document, parsed and compiled once, as `@gorules/zen-engine` has it. */

import { CompiledContent } from './compiled-content.js';
import { invalid } from './json.js';
import type { Json } from './types.js';

/** Node's `Buffer` where its types are known, else the `Uint8Array` that it is. */
export type BufferLike = typeof globalThis extends { Buffer: { prototype: infer Node } } ? Node : Uint8Array;

/** The compiled form of a content. */
export let compiledOf: (content: ZenDecisionContent) => CompiledContent;

/**
 * A decision document, parsed and compiled once: a loader that answers it spares every evaluation
 * both.
 *
 * ```js
 * const content = new ZenDecisionContent(await readFile('discount.json'));
 * const engine = new ZenEngine({ loader: async () => content });
 * ```
 *
 * It holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it is
 * no longer needed; a finalizer does so late.
 */
export class ZenDecisionContent {
  readonly #content: CompiledContent;

  /** @throws ZenError `invalid` for what is neither a graph nor a policy, `limitExceeded` */
  constructor(content: Json) {
    this.#content = compileContent(content);
  }

  /** The document as JSON text in UTF-8, as the engine writes it: what it does not know is left out. A `Buffer` in Node. */
  toBuffer(): BufferLike {
    const bytes = this.#content.toBytes();
    const { Buffer } = globalThis as { Buffer?: { from(buffer: ArrayBufferLike, offset: number, length: number): unknown } };
    return (Buffer ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes) as BufferLike;
  }

  /** Gives the memory back. The content cannot be used afterwards; decisions made from it neither. */
  dispose(): void {
    this.#content.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    compiledOf = (content) => content.#content;
  }
}

/** Compiles a document of any form. @throws ZenError `invalid`, `limitExceeded` */
export function compileContent(document: unknown): CompiledContent {
  if (typeof document !== 'string' && (typeof document !== 'object' || document === null)) {
    throw invalid(`a decision is an object, JSON text or its bytes; this is ${document === null ? 'null' : typeof document}`);
  }
  return CompiledContent.compile(document);
}
