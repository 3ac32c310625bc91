/** Where a wasm module comes from, and bytes in whatever form they come. */

/**
 * A compiled `WebAssembly.Module`. Said so that users whose types know no `WebAssembly` (Node's alone do
 * not) can compile against this package.
 */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : object;

/** Bytes in any view. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/** Whether something is bytes already. */
export const areBytes = (source: unknown): source is Bytes => source instanceof ArrayBuffer || ArrayBuffer.isView(source);

/** The same memory as a `Uint8Array`. */
export const viewOf = (bytes: Bytes): Uint8Array =>
  ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);

/**
 * Where a wasm module comes from, when it may take time: a URL (or its text), a response, bytes, or a
 * module that the platform has compiled already.
 */
export type ModuleSource = URL | string | Response | Promise<Response> | Bytes | CompiledModule;
