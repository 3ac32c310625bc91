/** Where a wasm module comes from. */

/**
 * Where a wasm module comes from, when it may take time: a URL (or its text), a response, bytes, or a
 * module that the platform has compiled already.
 */
export type ModuleSource = URL | string | Response | Promise<Response> | BufferSource | WebAssembly.Module;
