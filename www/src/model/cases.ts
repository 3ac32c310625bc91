/** Test cases: those inside a graph or policy, and those of documents of type `test`. */

import { isObject, objects, type Document } from './document';
import { exact, exactText, isExactNumber } from './exact';

/** What a decision must answer, as JSON text. */
export type Expected = { output: string } | { error: string };

/** One test case of a decision. */
export interface Case {
  /** The decision that it tests, in the document's own spelling. */
  target: string;
  name: string;
  /** The context as JSON text, to the last digit of its numbers. */
  input: string;
  /** Without it, whatever is not an error is right. */
  expected?: Expected;
  /** The clock that it fixes, such as `2026-03-15T09:30:00Z`; what is no time is for the engine to say. */
  now?: string;
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

/** What documents hold: they never change, and are asked at every edit of another one. */
const known = new WeakMap<Document, Case[]>();

/** The cases that one document holds. */
export function casesIn(holder: Document): Case[] {
  const before = known.get(holder);
  if (before) return before;
  const found = readCases(holder);
  known.set(holder, found);
  return found;
}

function readCases({ key, text, kind }: Document): Case[] {
  if (kind === 'broken' || kind === 'other' || !text.includes(kind === 'test' ? 'testCases' : 'tests')) return [];
  const value = exactly(text);
  const target = kind === 'test' ? value['filePath'] : key;
  const list = objects(kind === 'test' ? value['testCases'] : value['tests']).filter((entry) => !isExactNumber(entry));
  if (typeof target !== 'string') return [];
  const clock = typeof value['now'] === 'string' ? { now: value['now'] } : {};
  return list.map((entry, index) => ({
    target,
    name: nameOf(entry, index),
    input: exactText(entry['input'] ?? null),
    ...expectedOf(entry),
    ...clock,
    disabled: value['disabled'] === true || entry['disabled'] === true,
  }));
}

/** An object; `{}` if the text holds none. */
function exactly(text: string): Record<string, unknown> {
  try {
    const value = exact(text);
    return isObject(value) ? value : {};
  } catch {
    // It is deeper than that parser's stack: nothing of it can be run either.
    return {};
  }
}

function nameOf(entry: Record<string, unknown>, index: number): string {
  const name = entry['name'] ?? entry['id'];
  return typeof name === 'string' && name !== '' ? name : `case ${index + 1}`;
}

function expectedOf(entry: Record<string, unknown>): { expected?: Expected } {
  if (isObject(entry['error']) && !isExactNumber(entry['error'])) return { expected: { error: exactText(entry['error']) } };
  return 'output' in entry ? { expected: { output: exactText(entry['output']) } } : {};
}
