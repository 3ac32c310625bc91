// The decisions of the exercise.

const edges = [
  { id: '1', type: 'edge', sourceId: 'in', targetId: 'node' },
  { id: '2', type: 'edge', sourceId: 'node', targetId: 'out' },
];
const graph = (type, content) => ({
  contentType: 'application/vnd.gorules.decision',
  nodes: [{ id: 'in', name: 'In', type: 'inputNode' }, { id: 'node', name: 'Node', type, content }, { id: 'out', name: 'Out', type: 'outputNode' }],
  edges,
});
export const documents = {
  'band.json': graph('decisionTableNode', {
    hitPolicy: 'first',
    inputs: [{ id: 'a', name: 'Age', field: 'age' }],
    outputs: [{ id: 'b', name: 'Band', field: 'band' }],
    rules: [{ _id: '1', a: '< 18', b: '"minor"' }, { _id: '2', a: '', b: '"adult"' }],
  }),
  'twice.json': graph('functionNode', { source: 'export const handler = async (input) => ({ twice: input.n * 2 });' }),
  'fails.json': graph('functionNode', { source: "export const handler = () => { throw new Error('no stock'); };" }),
};

/** What the exercise comes to. */
export const expected = { band: 'minor', twice: 42, sum: 0.3, failure: 'nodeFailed', version: '1.2.0', shipped: 'adult', engine: 'adult' };
