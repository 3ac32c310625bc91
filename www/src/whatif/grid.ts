/** What-if: a decision evaluated over a range of one input, or of two. */

import type { Outcome } from '../engine/protocol';
import { isObject } from '../model/document';
import { engine, useStore } from '../state/store';

/** Values that one input takes. */
export interface Range {
  /** Path into the input, dotted. */
  path: string;
  from: number;
  to: number;
  steps: number;
}

/** One evaluation: the values of the inputs, and what came of it. */
export interface Cell {
  values: number[];
  value: unknown;
  failed: boolean;
}

/** Most evaluations of one table. */
export const MAX_CELLS = 2_500;

/** The values of a range, evenly spaced, both ends included. */
export function valuesOf({ from, to, steps }: Range): number[] {
  const count = Math.max(2, Math.min(Math.floor(steps), MAX_CELLS));
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, index) => Number((from + index * step).toPrecision(12)));
}

/** Paths of the numbers in an input: what can be varied. */
export function numberPaths(value: unknown, above = ''): string[] {
  if (typeof value === 'number') return [above];
  if (!isObject(value) && !Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => numberPaths(inner, above === '' ? name : `${above}.${name}`));
}

/** The value at a dotted path; the whole for an empty one. */
export function at(value: unknown, path: string): unknown {
  if (path === '') return value;
  let found = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** Evaluates the decision at each point; `progress` is told how many are done. */
export async function evaluateGrid(
  key: string,
  input: unknown,
  ranges: readonly Range[],
  output: string,
  progress: (done: number) => void,
): Promise<Cell[]> {
  const { texts } = useStore.getState();
  const points = ranges.map(valuesOf).reduce<number[][]>(
    (all, values) => all.flatMap((point) => values.map((value) => [...point, value])),
    [[]],
  );
  const cells: Cell[] = [];
  for (const values of points.slice(0, MAX_CELLS)) {
    const varied: unknown = structuredClone(input);
    ranges.forEach(({ path }, index) => put(varied, path.split('.'), values[index]));
    const outcome: Outcome = await engine.evaluate(texts, { key, context: JSON.stringify(varied) });
    cells.push({ values, value: at(outcome.result, output), failed: outcome.failure !== undefined });
    if (cells.length % 50 === 0) progress(cells.length);
  }
  return cells;
}

/** Replaces a number that is there: paths come from the input itself. */
function put(target: unknown, [name = '', ...rest]: string[], value: unknown): void {
  if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return;
  const record = target as Record<string, unknown>;
  if (rest.length === 0) record[name] = value;
  else put(record[name], rest, value);
}
