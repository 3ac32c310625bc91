/** The wasm module for editors: it is loaded when something needs it first. */

import init, { initSync, type InitInput, type SyncInitInput } from '../wasm/zen_edge_workspace.js';
import { ZenError } from '../errors.js';
import { areBytes, type Bytes, type CompiledModule, type ModuleSource } from '../module.js';

let beside: (() => ModuleSource) | undefined;
let loading: Promise<void> | undefined;
let isLoaded = false;

/**
 * Says where the module is; nothing is loaded by that. Entries call it, users do not.
 * @internal
 */
export function setWorkspaceModule(source: () => ModuleSource): void {
  beside = source;
}

/**
 * Loads the module that `Workspace` needs. In Node that happens by itself; in browsers await it once
 * before the first `new Workspace()`. Calling it again does nothing once it has succeeded.
 * @param source where the module is; by default beside the package's entry
 * @throws ZenError `invalid` if nobody said where it is; else what fetching or compiling throws:
 * `TypeError`, `WebAssembly.CompileError`
 */
export function initializeWorkspace(source?: ModuleSource): Promise<void> {
  if (isLoaded) return Promise.resolve();
  loading ??= load(source).catch((failure: unknown) => {
    // The next call tries again.
    loading = undefined;
    throw failure;
  });
  return loading;
}

async function load(source: ModuleSource | undefined): Promise<void> {
  const found = source ?? beside?.();
  if (found === undefined) throw notLoaded();
  await init({ module_or_path: found as InitInput | Promise<Response> });
  isLoaded = true;
}

/**
 * Loads the module that `Workspace` needs at once, from bytes or a compiled module, as Workers must:
 * `import module from 'zen-edge/zen_edge_workspace.wasm'`. Calling it again does nothing.
 * @throws WebAssembly.CompileError if the bytes are no wasm module
 */
export function initializeWorkspaceSync(source: Bytes | CompiledModule): void {
  initSync({ module: source as SyncInitInput });
  isLoaded = true;
}

/**
 * Makes sure that the module is there, loading it if that needs no waiting.
 * @internal
 */
export function requireWorkspace(): void {
  if (isLoaded) return;
  const source = beside?.();
  if (source instanceof WebAssembly.Module || areBytes(source)) {
    initializeWorkspaceSync(source);
  } else {
    throw notLoaded();
  }
}

function notLoaded(): ZenError {
  const message = 'the module for workspaces is not loaded: await `initializeWorkspace()` first';
  return new ZenError(message, 'invalid', { type: 'InvalidInput', source: message });
}
