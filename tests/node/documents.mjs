// Documents for tests, made in code.

/** input → node → output, with one node of the given type and content. */
export function graph(type, content) {
  return {
    contentType: 'application/vnd.gorules.decision',
    nodes: [
      { id: 'in', name: 'In', type: 'inputNode' },
      { id: 'node', name: 'Node', type, content },
      { id: 'out', name: 'Out', type: 'outputNode' },
    ],
    edges: [
      { id: '1', type: 'edge', sourceId: 'in', targetId: 'node' },
      { id: '2', type: 'edge', sourceId: 'node', targetId: 'out' },
    ],
  };
}

/** A graph with a function node of version 2 (an ES module) whose handler has this body. */
export const functionV2 = (body) =>
  graph('functionNode', { source: `export const handler = async (input) => { ${body} };` });

/** A graph with a function node of version 1 (a script) whose handler has this body. */
export const functionV1 = (body) => graph('functionNode', `const handler = (input, { dayjs, Big }) => { ${body} }`);

/** A graph with an expression node. */
export const expressions = (pairs) =>
  graph('expressionNode', {
    expressions: Object.entries(pairs).map(([key, value], id) => ({ id: String(id), key, value })),
  });

/** A decision that a test evaluates after something went wrong: `{ n }` gives `{ twice: 2 n }`. */
export const twice = functionV2('return { twice: input.n * 2 };');
