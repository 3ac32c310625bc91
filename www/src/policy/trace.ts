/** The trace of a policy: what each block did. */

import { isObject, objects } from '../model/document';

/** One execution of a block; blocks of collections are executed once for each item. */
export type Execution = Record<string, unknown>;

/** Executions by the id of their block. Those of imported policies are left out. */
export function executions(trace: unknown): Map<string, Execution[]> {
  const found = new Map<string, Execution[]>();
  for (const execution of objects(isObject(trace) ? trace['executions'] : undefined)) {
    const { blockId, policyPath, trace: inner } = execution;
    if (typeof blockId !== 'string' || policyPath !== undefined || !isObject(inner)) continue;
    const list = found.get(blockId);
    if (list) list.push(inner);
    else found.set(blockId, [inner]);
  }
  return found;
}

/** The rows of a table that matched, by their index. */
export function matchedRows(runs: readonly Execution[]): Set<number> {
  const rows = runs.flatMap((run) => (Array.isArray(run['matchedRows']) ? run['matchedRows'] : []));
  return new Set(rows.filter((row) => typeof row === 'number'));
}

/** The arms of a match that were taken, by their id. */
export function matchedArms(runs: readonly Execution[]): Set<string> {
  return new Set(runs.map(({ matchedArm }) => matchedArm).filter((arm) => typeof arm === 'string'));
}

/** What the executions gave, for people; empty if there is no single value. */
export function values(runs: readonly Execution[]): string {
  const given = runs.map((run) => ('value' in run ? run['value'] : run['result'])).filter((value) => value !== undefined);
  return given.map((value) => JSON.stringify(value)).join(', ');
}
