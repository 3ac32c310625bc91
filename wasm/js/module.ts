/** Where a wasm module comes from. */

/**
 * A compiled `WebAssembly.Module`. Said so that users whose types know no `WebAssembly` (Node's alone do
 * not) can compile against this package.
 */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : object;

/** Bytes in any view. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * Where a wasm module comes from, when it may take time: a URL (or its text), a response, bytes, or a
 * module that the platform has compiled already.
 */
export type ModuleSource = URL | string | Response | Promise<Response> | Bytes | CompiledModule;
