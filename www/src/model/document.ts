/** Documents: what a file of a project is. */

/** What a document is to the simulator. */
export type Kind = 'graph' | 'policy' | 'test' | 'other' | 'broken';

/** One file of a project. */
export interface Document {
  /** Its path, as its author wrote it. */
  readonly key: string;
  readonly text: string;
  readonly kind: Kind;
  /** Why it cannot be read, if it cannot. */
  readonly problem?: string;
}

/** Longest document, in UTF-16 code units. */
export const MAX_DOCUMENT = 8 * 1024 * 1024;
/** Most documents of a project. */
export const MAX_DOCUMENTS = 10_000;

/** What a file is, by its content as the GoRules Agent tells them apart. */
export function document(key: string, text: string): Document {
  if (text.length > MAX_DOCUMENT) {
    return { key, text: '', kind: 'broken', problem: `it is longer than ${MAX_DOCUMENT / 1024 / 1024} MiB` };
  }
  const value = parsed(text);
  if (value instanceof Error) return { key, text, kind: 'broken', problem: `it is not JSON: ${value.message}` };
  return { key, text, kind: kindOf(value) };
}

/** JSON text as an object or array; other values as `{}`; an error if it is not JSON. */
export function parsed(text: string): Record<string, unknown> | Error {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Whether a value is an object that is no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of objects, whatever was given. */
export function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function kindOf(value: Record<string, unknown>): Kind {
  if (value['contentType'] === 'test') return 'test';
  if (Array.isArray(value['blocks'])) return 'policy';
  if (Array.isArray(value['nodes'])) return 'graph';
  return 'other';
}
