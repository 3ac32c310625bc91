/** The second wasm module: releases, without the engine. It is loaded when something needs it first. */

import init, { type InitInput } from '../wasm/zen_edge_releases.js';
import type { ModuleSource } from '../module.js';
import { ReleaseError } from './errors.js';

let beside: (() => ModuleSource) | undefined;
let loading: Promise<void> | undefined;

/**
 * Says where the module is; nothing is loaded by that. Entries call it, users do not.
 * @internal
 */
export function setReleasesModule(source: () => ModuleSource): void {
  beside = source;
}

/**
 * Loads the module for releases, which `openBundle`, `loadBundle` and `createClient` need; those load it
 * themselves wherever the entry knows where it is, which is everywhere but in `zen-edge/slim`. Calling it
 * again does nothing once it has succeeded.
 * @param source where the module is; by default beside the package's entry
 * @throws ReleaseError `notInitialized` if nobody said where it is; else what fetching or compiling
 * throws: `TypeError`, `WebAssembly.CompileError`
 */
export function initializeReleases(source?: ModuleSource): Promise<void> {
  loading ??= load(source).catch((failure: unknown) => {
    // The next call tries again.
    loading = undefined;
    throw failure;
  });
  return loading;
}

async function load(source: ModuleSource | undefined): Promise<void> {
  const found = source ?? beside?.();
  if (found === undefined) {
    const message = 'the module for releases is not loaded: await `initializeReleases(source)` first';
    throw new ReleaseError(message, 'notInitialized');
  }
  await init({ module_or_path: found as InitInput | Promise<Response> });
}
