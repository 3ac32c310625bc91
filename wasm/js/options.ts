/** What callers give to the classes of `@gorules/zen-engine`, checked before anything is awaited. */

import { invalid, toText } from './json.js';
import type { ZenEvaluateOptions } from './engine-types.js';
import type { EvaluateOptions } from './types.js';

const traces: ReadonlySet<unknown> = new Set(['none', 'default', 'string', 'reference', 'referenceString']);
const standard: EvaluateOptions = { maxDepth: 5 };

/** Options of an evaluation, with the defaults of `@gorules/zen-engine`. @throws ZenError `invalid` */
export function evaluateOptions(options: ZenEvaluateOptions | null | undefined): EvaluateOptions {
  if (typeof options !== 'object' || options === null) return standard;
  const { trace, maxDepth, now } = options;
  if (typeof (trace ?? false) !== 'boolean' && !traces.has(trace)) {
    throw invalid(`the option \`trace\` is ${String(trace)}; it is a boolean or one of ${[...traces].join(', ')}`);
  }
  const depth = maxDepth === undefined ? 5 : maxDepth;
  if (typeof depth !== 'number' || !(depth > -1 && depth < 256)) {
    throw invalid(`the option \`maxDepth\` is ${String(maxDepth)}; it is a number from 0 to 255`);
  }
  return { trace: trace ?? false, maxDepth: Math.trunc(depth), ...(now === undefined ? {} : { now }) };
}

/** A text argument. @throws ZenError `invalid` */
export function textArgument(value: string, name: string): string {
  if (typeof value !== 'string') throw invalid(`\`${name}\` is a ${value === null ? 'null' : typeof value}; it must be text`);
  return value;
}

/** A context as JSON text. @throws ZenError `invalid`, also for none at all */
export function contextArgument(context: unknown): string {
  if (context === undefined) throw invalid('there is no context; give an empty object if the decision needs none');
  return toText(context);
}
