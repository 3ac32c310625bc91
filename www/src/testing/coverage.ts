/** What test cases reach: nodes and table rows of graphs, blocks and rows of policies. */

import { isObject, objects, parsed } from '../model/document';
import { executions, matchedArms, matchedRows } from '../policy/trace';

/** How often each part was reached, by its id. Rows are `<node or block>/<row>`. */
export interface Reached {
  nodes: Map<string, number>;
  rows: Map<string, number>;
}

/** One part of a document that cases may reach. */
export interface Part {
  id: string;
  name: string;
  /** Ids and texts of its rows, if it is a table or a match. */
  rows: { id: string; name: string }[];
}

export const nothing = (): Reached => ({ nodes: new Map(), rows: new Map() });

/** Adds what a trace reached. */
export function reachedBy(trace: unknown, reached: Reached): void {
  if (!isObject(trace)) return;
  if (Array.isArray(trace['executions'])) return policyReached(trace, reached);
  for (const [id, node] of Object.entries(trace)) {
    count(reached.nodes, id);
    if (isObject(node)) for (const rule of rulesIn(node['traceData'])) count(reached.rows, `${id}/${rule}`);
  }
}

function policyReached(trace: unknown, reached: Reached): void {
  for (const [id, runs] of executions(trace)) {
    count(reached.nodes, id);
    for (const row of matchedRows(runs)) count(reached.rows, `${id}/${row}`);
    for (const arm of matchedArms(runs)) count(reached.rows, `${id}/${arm}`);
  }
}

/** Ids of the rules in a table's trace: one, a list of them, or a list of lists where the node loops. */
export function rulesIn(data: unknown): string[] {
  if (Array.isArray(data)) return data.flatMap(rulesIn);
  const rule = isObject(data) ? data['rule'] : undefined;
  return isObject(rule) && typeof rule['_id'] === 'string' ? [rule['_id']] : [];
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

/** The parts of a document. */
export function parts(text: string): Part[] {
  const value = parsed(text);
  if (value instanceof Error) return [];
  const nodes = objects(value['nodes']).map((node) => {
    const content = isObject(node['content']) ? node['content'] : {};
    return part(node['id'], node['name'], node['type'] === 'decisionTableNode' ? ruleRows(content) : []);
  });
  return [...nodes, ...objects(value['blocks']).flatMap(blockPart)];
}

/** Blocks that only declare or describe are nothing that a case reaches. */
function blockPart(block: Record<string, unknown>): Part[] {
  const props = isObject(block['props']) ? block['props'] : {};
  const data = isObject(props['data']) ? props['data'] : {};
  switch (block['type']) {
    case 'expression':
      return [part(block['id'], data['key'], [])];
    case 'assertion':
      return [part(block['id'], data['output'], [])];
    case 'match':
      return [part(block['id'], data['key'], objects(data['arms']).map((arm) => row(arm['id'], arm['condition'] || 'otherwise')))];
    case 'decisionTable':
      return [part(block['id'], block['id'], objects(data['rules']).map((_, index) => row(index, `row ${index + 1}`)))];
    default:
      return [];
  }
}

const part = (id: unknown, name: unknown, rows: Part['rows']): Part => ({ id: String(id), name: String(name ?? id), rows });
const row = (id: unknown, name: unknown) => ({ id: String(id), name: String(name) });

function ruleRows(content: Record<string, unknown>): Part['rows'] {
  return objects(content['rules']).map((rule, index) => row(rule['_id'], rule['_description'] || `row ${index + 1}`));
}

/** How many parts and rows of a document were reached, of how many. */
export function summary(all: readonly Part[], { nodes, rows }: Reached) {
  const ids = all.flatMap(({ id, rows: own }) => own.map((one) => `${id}/${one.id}`));
  return {
    nodes: [all.filter(({ id }) => nodes.has(id)).length, all.length] as const,
    rows: [ids.filter((id) => rows.has(id)).length, ids.length] as const,
  };
}
