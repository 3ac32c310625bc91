/**
 * The whole API without the wasm module: whoever imports `zen-edge/slim` loads it with `initialize` or
 * `initializeSync` first.
 *
 * @packageDocumentation
 */

/// <reference lib="esnext.disposable" preserve="true" />

import init, { engineVersion as engine, initSync, version as own } from './wasm/zen_edge.js';
import type { ModuleSource } from './module.js';

export { CompiledBundle } from './bundle.js';
export { CompiledContent } from './compiled-content.js';
export { ZenError, type EngineError, type ErrorCode } from './errors.js';
export * from './expression.js';
export type { ModuleSource } from './module.js';
export type * from './types.js';

/**
 * Loads the engine's module; the entries other than `zen-edge/slim` have done so. Calling it again does
 * nothing. A response's bytes are compiled while they arrive if its type is `application/wasm`.
 * @throws what fetching or compiling throws: `TypeError`, `WebAssembly.CompileError`
 */
export async function initialize(source: ModuleSource): Promise<void> {
  await init({ module_or_path: source });
}

/**
 * Loads the engine's module at once, from bytes or a compiled module. Calling it again does nothing.
 * @throws WebAssembly.CompileError if the bytes are no wasm module
 */
export function initializeSync(source: BufferSource | WebAssembly.Module): void {
  initSync({ module: source });
}

/** The version of zen-edge, `major.minor.patch`. */
export const version = (): string => own();

/** The version of the ZEN engine inside, `major.minor.patch`. */
export const engineVersion = (): string => engine();
