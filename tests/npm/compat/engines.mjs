// The two engines under comparison, and how what they do is written down so that it can be compared.

import { createRequire } from 'node:module';
import * as ours from 'zen-edge';

/** Rust's backtraces would stand in native's messages. */
process.env.RUST_BACKTRACE = '0';

export const native = createRequire(import.meta.url)('@gorules/zen-engine-linux-x64-gnu');
export { ours };

/** What differs from run to run, or from version to version of the engine. */
const PASSING = new Set(['performance', 'msSinceRun', 'engineVersion']);

/** A value without what differs from run to run. */
export function redacted(value) {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, PASSING.has(name) ? typeof member : redacted(member)]),
  );
}

/** Decodes the `reference` form of a trace, whose numbering of references is left to chance. */
export function dereferenced({ $refs, $root }) {
  const look = (value) => {
    const reference = typeof value === 'string' && /^@(\d+)$/.exec(value);
    return reference ? resolve($refs[reference[1]]) : resolve(value);
  };
  const resolve = (value) => {
    if (Array.isArray(value)) return value.map(look);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [look(name), look(member)]));
  };
  return look($root);
}

/**
 * The shape of an error: whether it is an `Error`, and what its message says if that is JSON text. Words
 * are for people and differ between versions: of a source that is text it is kept that there is one.
 */
export function errorShape(error) {
  if (!(error instanceof Error)) return { error: false, said: said(error) };
  try {
    return { error: true, said: said(JSON.parse(error.message)) };
  } catch {
    return { error: true, text: true };
  }
}

function said(form) {
  if (typeof form?.source !== 'string') return redacted(form);
  return redacted({ ...form, source: 'text' });
}

/** What a call comes to: a value, a rejection, or an error thrown at once. */
export async function outcome(call) {
  let answer;
  try {
    answer = call();
  } catch (thrown) {
    return { thrown: errorShape(thrown) };
  }
  try {
    return { value: safe(await answer) };
  } catch (rejected) {
    return { rejected: errorShape(rejected) };
  }
}

/** A value to be compared; errors in the results of `safe…` are shapes. */
function safe(value) {
  if (value?.success === false && value.error instanceof Error) {
    return { success: false, error: errorShape(value.error) };
  }
  if (value?.constructor && /^Zen/.test(value.constructor.name)) return { instance: value.constructor.name };
  return redacted(value);
}

/** What a call comes to in few words: what was answered, or that it was refused and how. */
export function brief({ thrown, rejected, value }) {
  if (thrown) return 'thrown';
  if (rejected) return 'rejected';
  if (value?.success === false) return 'unsuccessful';
  return value?.data?.result ?? value?.result ?? value;
}
