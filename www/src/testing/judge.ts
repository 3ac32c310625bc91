/** Whether a decision answered as its test case expects, and where it did not. */

import microdiff from 'microdiff';
import type { CaseAnswer, Outcome } from '../engine/protocol';
import type { Expected } from '../model/cases';
import { isObject } from '../model/document';

/** One place where expected and actual differ; `undefined` where there is nothing. */
export interface Difference {
  path: string;
  expected: unknown;
  actual: unknown;
}

/** What is wrong with an answer. */
export interface Fault {
  message: string;
  /** Where; empty if it failed, or differs in digits that JavaScript's numbers do not have. */
  differences: Difference[];
}

/** What is wrong; nothing if the answer is right. The verdict is the engine's, as everywhere else. */
export function judge(expected: Expected | undefined, { outcome, verdict }: CaseAnswer): Fault | undefined {
  const { fault: message } = verdict ?? { fault: ownVerdict(expected, outcome) };
  if (message === undefined) return undefined;
  const { failure, result } = outcome;
  if (expected && 'error' in expected) {
    return { message, differences: [{ path: '', expected: JSON.parse(expected.error), actual: failure ? failure.error : result }] };
  }
  return { message, differences: failure || !expected ? [] : differ(JSON.parse(expected.output), result ?? null) };
}

/** What is said of decisions that wait, which the engine does not compare: numbers are JavaScript's here. */
function ownVerdict(expected: Expected | undefined, { failure, result }: Outcome): string | undefined {
  if (expected && 'error' in expected) {
    if (!failure) return 'it did not fail';
    return contains(failure.error ?? {}, JSON.parse(expected.error)) ? undefined : `it failed: ${failure.message}`;
  }
  if (failure) return `it failed: ${failure.message}`;
  return !expected || differ(JSON.parse(expected.output), result ?? null).length === 0 ? undefined : 'expected and actual differ';
}

/** Where two JSON values differ. */
export function differ(expected: unknown, actual: unknown): Difference[] {
  // Wrapped, so that values which are no objects are compared as well.
  return microdiff({ '': expected }, { '': actual }, { cyclesFix: false }).map((found) => ({
    path: found.path.slice(1).join('.'),
    expected: found.type === 'CREATE' ? undefined : found.oldValue,
    actual: found.type === 'REMOVE' ? undefined : found.value,
  }));
}

/** Whether `whole` has everything that `part` has. */
function contains(whole: unknown, part: unknown): boolean {
  if (isObject(part)) return isObject(whole) && Object.entries(part).every(([name, value]) => contains(whole[name], value));
  return differ(part, whole).length === 0;
}
