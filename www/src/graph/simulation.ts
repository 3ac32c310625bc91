/** What the graph editor is shown of an evaluation. */

import type { DecisionGraphType, Simulation, SimulationTrace } from '@gorules/jdm-editor';
import { isObject } from '../model/document';
import type { Run } from '../state/store';

/** An evaluation in the editor's own form; a failure keeps the trace of the nodes that ran. */
export function simulation(run: Run | undefined, graph: DecisionGraphType): Simulation | undefined {
  if (!run) return undefined;
  const { result, trace, performance, failure } = run.outcome;
  const nodes = isObject(trace) ? (trace as Record<string, SimulationTrace>) : {};
  const answered = { result: { performance, result: result ?? null, snapshot: graph, trace: nodes } };
  if (!failure) return answered;
  const nodeId = failure.nodeId;
  const data = nodeId === undefined ? {} : { nodeId };
  return { ...answered, error: { title: failure.code, message: failure.message, data } };
}
