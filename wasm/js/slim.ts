/** The whole API without the wasm module: whoever imports this loads it with `initialize`. */

import init, { engineVersion as engine, initSync, version as own } from './wasm/zen_edge.js';

export { CompiledBundle } from './bundle.js';
export { CompiledContent } from './compiled-content.js';
export { ZenError, type EngineError, type ErrorCode } from './errors.js';
export * from './expression.js';
export { ZenEngine } from './engine.js';
export { ZenDecision } from './decision.js';
export { ZenDecisionContent, type BufferLike } from './content.js';
export { ZenEngineHandlerRequest } from './handlers.js';
export { overrideConfig } from './config.js';
export type * from './engine-types.js';
export type * from './types.js';

/** Where the wasm module comes from, when it may take time: a URL, a response, bytes, a module. */
export type ModuleSource = URL | string | Response | Promise<Response> | BufferSource | WebAssembly.Module;

/** Loads the module. Calling it again does nothing. */
export async function initialize(source: ModuleSource): Promise<void> {
  await init({ module_or_path: source });
}

/** Loads the module at once, from bytes or a compiled module. Calling it again does nothing. */
export function initializeSync(source: BufferSource | WebAssembly.Module): void {
  initSync({ module: source });
}

/** The version of zen-edge. */
export const version = (): string => own();

/** The version of the ZEN engine inside. */
export const engineVersion = (): string => engine();
