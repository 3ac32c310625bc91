/** JSON text from whatever form the user has. */

import type { Json } from './types.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A context as JSON text; `undefined` is an empty object. */
export function toText(json: Json | null | undefined): string {
  if (typeof json === 'string') return json;
  if (json instanceof Uint8Array) return utf8.decode(json);
  return JSON.stringify(json === undefined ? {} : json);
}

const encoder = new TextEncoder();

/** A document as the bytes of JSON text. */
export function toBytes(json: Json): Uint8Array {
  return json instanceof Uint8Array ? json : encoder.encode(toText(json));
}
