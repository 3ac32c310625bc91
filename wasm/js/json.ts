/** JSON text from whatever form the user has. */

import { isStackOverflow, ZenError } from './errors.js';
import type { Json } from './types.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A document or context as JSON text; `undefined` is an empty object.
 *
 * Text and bytes (UTF-8) are taken as the JSON that they are. Everything else goes through
 * `JSON.stringify`, which is the fastest way out of JavaScript's heap, so: dates become ISO 8601
 * text, `toJSON` is asked, members that are `undefined`, functions or symbols are left out, `Map` and
 * `Set` are empty objects. What `JSON.stringify` would quietly turn into `null` (`NaN`, infinities,
 * invalid dates, `undefined` in a list) and what it cannot write (`BigInt`, cycles) is refused by
 * name, as `@gorules/zen-engine` refuses it.
 *
 * @throws ZenError `invalid`, `limitExceeded`
 */
export function toText(json: unknown): string {
  if (typeof json === 'string') return json;
  if (isBytes(json)) return decode(json);
  return stringify(json === undefined ? {} : json);
}

/** Whether a value is bytes, also those of another realm, as in Jest. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'Uint8Array';
}

/** An error about what the caller gave. */
export function invalid(message: string): ZenError {
  return new ZenError(message, 'invalid', { type: 'InvalidInput', source: message });
}

/** A value as JSON text. @throws ZenError `invalid` for what JSON cannot say, `limitExceeded` for what nests too deeply. */
export function stringify(value: unknown): string {
  try {
    return written(value);
  } catch (thrown) {
    throw isStackOverflow(thrown) ? tooDeep(thrown) : thrown;
  }
}

function written(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (thrown) {
    throw fault(value) ?? thrown;
  }
  if (text === undefined) throw invalid(`a ${typeof value} is no JSON value`);
  // Only a `null` can hide something that JSON cannot say: most contexts are spared the search.
  if (text.includes('null')) {
    const found = fault(value);
    if (found) throw found;
  }
  return text.includes('\\ud') ? wellFormed(text) : text;
}

/** It is our own walk that ends: what the engine takes is far less deep. */
function tooDeep(cause: unknown): ZenError {
  const message = 'the input nests too deeply to be written as JSON';
  return new ZenError(message, 'limitExceeded', { type: 'LimitExceeded', limit: 'jsonDepth', source: message }, { cause });
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid('the bytes are not JSON text in UTF-8');
  }
}

/** Halves of surrogate pairs, which UTF-8 cannot carry, as U+FFFD: native writes them so too. */
function wellFormed(text: string): string {
  return text.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape === '\\\\' ? escape : '\ufffd'));
}

/** The first thing in a value that JSON cannot say. */
function fault(value: unknown): ZenError | undefined {
  const above = new Set<object>();
  const search = (member: unknown, key: string, path: string, inList: boolean): string | undefined => {
    switch (typeof member) {
      case 'number':
        return Number.isFinite(member) ? undefined : `${path} is ${member}`;
      case 'bigint':
        return `${path} is a BigInt, which JSON cannot say; make it a number or text`;
      case 'undefined':
      case 'function':
      case 'symbol':
        return inList ? `${path} is ${member === undefined ? 'undefined' : `a ${typeof member}`}` : undefined;
      case 'object':
        return member === null ? undefined : searchObject(member, key, path);
    }
  };
  const searchObject = (object: object, key: string, path: string): string | undefined => {
    if (object instanceof Date && Number.isNaN(object.getTime())) return `${path} is an invalid date`;
    if (above.has(object)) return `${path} contains itself`;
    const { toJSON } = object as { toJSON?: unknown };
    above.add(object);
    try {
      if (typeof toJSON === 'function') return search(toJSON.call(object, key), key, path, false);
      const list = Array.isArray(object);
      for (const name of list ? object.keys() : Object.keys(object)) {
        const member = (object as Record<string, unknown>)[name];
        const found = search(member, String(name), list ? `${path}[${name}]` : `${path}.${name}`, list);
        if (found) return found;
      }
      return undefined;
    } finally {
      above.delete(object);
    }
  };
  const found = search(value, '', '$', false);
  return found === undefined ? undefined : invalid(`the input is not JSON: ${found}`);
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(1 << 12);
const LARGEST_SCRATCH = 1 << 20;

/**
 * JSON text as bytes that are to be used at once: the next call overwrites them. So a short text costs no
 * buffer of its own, and a long one no loop over its characters, as with strings that wasm is given.
 */
export function fleetingBytes(text: string): Uint8Array {
  // A UTF-16 unit becomes three bytes at most.
  const most = 3 * text.length;
  if (most > LARGEST_SCRATCH) return encoder.encode(text);
  if (most > scratch.length) scratch = new Uint8Array(most);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

/** A document as the bytes of JSON text. */
export function toBytes(json: Json): Uint8Array {
  return isBytes(json) ? json : encoder.encode(toText(json));
}
