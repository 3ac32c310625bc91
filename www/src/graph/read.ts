/** A graph as the editor can show it, or why it cannot. */

import type { DecisionGraphType } from '@gorules/jdm-editor';
import { decisionModelSchema } from '@gorules/jdm-editor/dist/schema';
import { parsed } from '../model/document';

/** Nodes more than this make the editor unusable; such a graph can still be run. */
const MAX_NODES = 2_000;

/**
 * The graph of a document. Members that the editor's schema does not know are kept, so that saving
 * loses nothing; positions that are missing are filled in.
 */
export function readGraph(text: string): DecisionGraphType | { problem: string } {
  const value = parsed(text);
  if (value instanceof Error) return { problem: value.message };
  if (Array.isArray(value['nodes']) && value['nodes'].length > MAX_NODES) {
    return { problem: `it has ${value['nodes'].length} nodes; at most ${MAX_NODES} can be drawn` };
  }
  const checked = decisionModelSchema.safeParse({ nodes: value['nodes'], edges: value['edges'] });
  if (!checked.success) {
    const issue = checked.error.issues[0];
    return { problem: issue ? `${issue.path.join('.')}: ${issue.message}` : 'it is no graph' };
  }
  const positions = checked.data.nodes.map(({ position }) => position);
  const nodes = (value['nodes'] as DecisionGraphType['nodes']).map((node, index) => ({
    ...node,
    position: node.position ?? positions[index] ?? { x: 0, y: 0 },
  }));
  return { nodes, edges: (value['edges'] ?? []) as DecisionGraphType['edges'] };
}

/** The document with the graph as the editor left it. */
export function writeGraph(text: string, graph: DecisionGraphType): string {
  const value = parsed(text);
  return JSON.stringify({ ...(value instanceof Error ? {} : value), nodes: graph.nodes, edges: graph.edges }, null, 2);
}
