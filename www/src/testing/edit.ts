/** Adds test cases to a document. */

import type { Outcome } from '../engine/protocol';
import { isObject, type Document } from '../model/document';
import { exact, exactText } from '../model/exact';

/** A case as it is written. */
export interface NewCase {
  name: string;
  input: unknown;
  output?: unknown;
  error?: unknown;
}

/** The case that a run is: its input, and its answer as what is expected. */
export function caseOf(name: string, input: unknown, { failure, result }: Outcome): NewCase {
  if (!failure) return { name, input, output: result ?? null };
  const { type, nodeId } = failure.error ?? {};
  return { name, input, error: { ...(type !== undefined && { type }), ...(nodeId !== undefined && { nodeId }) } };
}

/** The document's text with cases added to those that it holds; no digit of its numbers is lost. */
export function withCases({ text, kind }: Document, cases: readonly NewCase[]): string {
  const value = exact(text);
  if (!isObject(value)) return text;
  const member = kind === 'test' ? 'testCases' : 'tests';
  const before = Array.isArray(value[member]) ? value[member] : [];
  return exactText({ ...value, [member]: [...before, ...cases] }, 2);
}
