/**
 * The whole API without the wasm module: whoever imports `zen-edge/slim` loads it with `initialize` or
 * `initializeSync` first.
 *
 * @packageDocumentation
 */

/// <reference lib="esnext.disposable" preserve="true" />

import init, { type InitInput, type SyncInitInput, engineVersion as engine, initSync, version as own } from './wasm/zen_edge.js';
import type { Bytes, CompiledModule, ModuleSource } from './module.js';

export { CompiledBundle } from './bundle.js';
export * from './client/index.js';
export { CompiledContent } from './compiled-content.js';
export { overrideConfig } from './config.js';
export { ZenDecisionContent, type BufferLike } from './content.js';
export { ZenDecision } from './decision.js';
export type * from './engine-types.js';
export { ZenEngine } from './engine.js';
export { ZenError, type EngineError, type ErrorCode } from './errors.js';
export * from './expression.js';
export { ZenEngineHandlerRequest } from './handlers.js';
export { LoadedBundle, loadBundle, type BundleCaseOutcome, type LoadOptions } from './load-bundle.js';
export type { Bytes, CompiledModule, ModuleSource } from './module.js';
export { ReleaseError, type ReleaseErrorCode, type ReleaseErrorDetails } from './releases/errors.js';
export { initializeReleases } from './releases/module.js';
export {
  OpenedBundle,
  openBundle,
  type BundleFile,
  type BundleLimits,
  type BundleSource,
  type OpenedRelease,
  type OpenOptions,
  type Release,
} from './releases/open.js';
export {
  StoreFailure,
  type Cache,
  type Store,
  type StoreAnswer,
  type StoreFailureKind,
  type StorePage,
  type StoreRequest,
} from './releases/ports.js';
export type { EnvironmentStatus, ProjectStatus, Report, SourceStatus, Staleness, SyncFault } from './releases/status.js';
export type { NamedStore } from './releases/sync.js';
export {
  inspectEnvironment,
  type AnnouncedRelease,
  type InspectOptions,
  type Inspection,
  type Signer,
  type TrustedRole,
} from './releases/trust.js';
export type * from './types.js';

/**
 * Loads the engine's module; the entries other than `zen-edge/slim` have done so. Calling it again does
 * nothing. A response's bytes are compiled while they arrive if its type is `application/wasm`.
 * @throws what fetching or compiling throws: `TypeError`, `WebAssembly.CompileError`
 */
export async function initialize(source: ModuleSource): Promise<void> {
  await init({ module_or_path: source as InitInput | Promise<Response> });
}

/**
 * Loads the engine's module at once, from bytes or a compiled module. Calling it again does nothing.
 * @throws WebAssembly.CompileError if the bytes are no wasm module
 */
export function initializeSync(source: Bytes | CompiledModule): void {
  initSync({ module: source as SyncInitInput });
}

/** The version of zen-edge, `major.minor.patch`. */
export const version = (): string => own();

/** The version of the ZEN engine inside, `major.minor.patch`. */
export const engineVersion = (): string => engine();
