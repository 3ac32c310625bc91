/** Test cases: those inside a graph or policy, and those of documents of type `test`. */

import { isObject, objects, parsed, type Document } from './document';

/** What a decision must answer. */
export type Expected = { output: unknown } | { error: unknown };

/** One test case of a decision. */
export interface Case {
  /** The decision that it tests, in the document's own spelling. */
  target: string;
  name: string;
  input: unknown;
  /** Without it, whatever is not an error is right. */
  expected?: Expected;
  /** The clock that it fixes, in milliseconds since 1970; `NaN` if it is no time. */
  now?: number;
  disabled: boolean;
}

/** The cases of all documents, by the key of the decision that they test. */
export function casesByDecision(documents: ReadonlyMap<string, Document>): Map<string, Case[]> {
  const keys = new Map(Array.from(documents.keys(), (key) => [key.toLowerCase(), key]));
  const found = new Map<string, Case[]>();
  for (const holder of documents.values()) {
    for (const testCase of casesIn(holder)) {
      const target = keys.get(testCase.target.toLowerCase()) ?? testCase.target;
      const list = found.get(target);
      if (list) list.push({ ...testCase, target });
      else found.set(target, [{ ...testCase, target }]);
    }
  }
  return found;
}

/** The cases that one document holds. */
export function casesIn({ key, text, kind }: Document): Case[] {
  if (kind === 'broken' || kind === 'other' || !text.includes(kind === 'test' ? 'testCases' : 'tests')) return [];
  const value = parsed(text);
  if (value instanceof Error) return [];
  const target = kind === 'test' ? value['filePath'] : key;
  const list = objects(kind === 'test' ? value['testCases'] : value['tests']);
  if (typeof target !== 'string') return [];
  const clock = typeof value['now'] === 'string' ? { now: Date.parse(value['now']) } : {};
  return list.map((entry, index) => ({
    target,
    name: nameOf(entry, index),
    input: entry['input'] ?? null,
    ...expectedOf(entry),
    ...clock,
    disabled: value['disabled'] === true || entry['disabled'] === true,
  }));
}

function nameOf(entry: Record<string, unknown>, index: number): string {
  const name = entry['name'] ?? entry['id'];
  return typeof name === 'string' && name !== '' ? name : `case ${index + 1}`;
}

function expectedOf(entry: Record<string, unknown>): { expected?: Expected } {
  if (isObject(entry['error'])) return { expected: { error: entry['error'] } };
  return 'output' in entry ? { expected: { output: entry['output'] } } : {};
}
