// What every environment does with the package: `exercise(zen)` of its namespace gives `expected`.

const edges = [
  { id: '1', type: 'edge', sourceId: 'in', targetId: 'node' },
  { id: '2', type: 'edge', sourceId: 'node', targetId: 'out' },
];
const graph = (type, content) => ({
  contentType: 'application/vnd.gorules.decision',
  nodes: [{ id: 'in', name: 'In', type: 'inputNode' }, { id: 'node', name: 'Node', type, content }, { id: 'out', name: 'Out', type: 'outputNode' }],
  edges,
});
const documents = {
  'band.json': graph('decisionTableNode', {
    hitPolicy: 'first',
    inputs: [{ id: 'a', name: 'Age', field: 'age' }],
    outputs: [{ id: 'b', name: 'Band', field: 'band' }],
    rules: [{ _id: '1', a: '< 18', b: '"minor"' }, { _id: '2', a: '', b: '"adult"' }],
  }),
  'twice.json': graph('functionNode', { source: 'export const handler = async (input) => ({ twice: input.n * 2 });' }),
  'fails.json': graph('functionNode', { source: "export const handler = () => { throw new Error('no stock'); };" }),
};

export async function exercise(zen) {
  const bundle = zen.CompiledBundle.compile(documents);
  const failure = await bundle.evaluate('fails.json', {}).catch((error) => error);
  const answer = {
    band: bundle.evaluateSync('band.json', { age: 17 }).result.band,
    twice: (await bundle.evaluate('twice.json', { n: 21 })).result.twice,
    sum: zen.evaluateExpressionSync('0.1 + 0.2'),
    failure: failure instanceof zen.ZenError ? failure.code : String(failure),
  };
  bundle.dispose();
  return answer;
}

export const expected = { band: 'minor', twice: 42, sum: 0.3, failure: 'nodeFailed' };
