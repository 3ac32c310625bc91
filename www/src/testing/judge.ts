/** Whether a decision answered as its test case expects. */

import microdiff from 'microdiff';
import type { Outcome } from '../engine/protocol';
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
  differences: Difference[];
}

/** What is wrong; nothing if the answer is right. Numbers are compared as JavaScript's. */
export function judge(expected: Expected | undefined, { failure, result }: Outcome): Fault | undefined {
  if (expected && 'error' in expected) {
    if (!failure) return { message: 'it did not fail', differences: [{ path: '', expected: expected.error, actual: result }] };
    if (contains(failure.error ?? {}, expected.error)) return undefined;
    return { message: 'it failed differently', differences: [{ path: '', expected: expected.error, actual: failure.error }] };
  }
  if (failure) return { message: `it failed: ${failure.message}`, differences: [] };
  if (!expected) return undefined;
  const differences = differ(expected.output, result ?? null);
  return differences.length === 0 ? undefined : { message: 'the answer differs', differences };
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
