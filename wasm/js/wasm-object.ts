/** What wasm holds for an object of JavaScript's, until that is disposed of. */

import { ZenError } from './errors.js';

/** Something in wasm's memory. */
export class WasmObject<T extends { free(): void }> {
  #inner: T | undefined;
  readonly #name: string;

  /** `name` is what users call it, such as `the bundle`. */
  constructor(inner: T, name: string) {
    this.#inner = inner;
    this.#name = name;
  }

  /** @throws ZenError `invalid` once it was disposed of */
  get inner(): T {
    if (this.#inner !== undefined) return this.#inner;
    const message = `${this.#name} was disposed of`;
    throw new ZenError(message, 'invalid', { type: 'Disposed', source: message });
  }

  /** Gives the memory back; nothing happens if that was done. */
  dispose(): void {
    const inner = this.#inner;
    this.#inner = undefined;
    inner?.free();
  }
}
