// Documents for calls, made in code.

export { graph, expressions, functionV2, functionV1 } from '../../node/documents.mjs';
import { graph, expressions, functionV2 } from '../../node/documents.mjs';

/** The context, unchanged. */
export const echo = {
  nodes: [
    { id: 'in', name: 'In', type: 'inputNode' },
    { id: 'out', name: 'Out', type: 'outputNode' },
  ],
  edges: [{ id: '1', type: 'edge', sourceId: 'in', targetId: 'out' }],
};

export const greeter = graph('customNode', {
  kind: 'greeter',
  config: { deep: { text: 'Dear {{ name }}', sum: '{{ n + 1 }}' }, list: ['{{ name }}', 2], n: 5 },
});

export const caller = (key) => graph('decisionNode', { key });

export const sender = graph('functionNode', {
  source: `import http from 'http';
    export const handler = async () => {
      try {
        const answer = await http.post('https://api.test/x?y=1', { b: 1 }, { headers: { a: 'b' }, params: { q: 1 } });
        return { status: answer.status, data: answer.data, headers: answer.headers };
      } catch (error) {
        return { error: String(error.message) };
      }
    };`,
});

/** Every document of the tests, as a static loader takes them. */
export const rules = {
  'echo.json': echo,
  'sum.json': expressions({ sum: 'a + b', twice: 'a * 2' }),
  'calls.json': caller('sum.json'),
  'missing.json': caller('nowhere.json'),
  'cycle.json': caller('cycle.json'),
  'throws.json': functionV2("throw new Error('no stock')"),
  'function.json': functionV2('return { ok: input.a > 1, at: [1, { deep: null }] };'),
  'broken.json': expressions({ x: 'a +' }),
  'noInput.json': { nodes: [], edges: [] },
  'greeter.json': greeter,
  'table.json': graph('decisionTableNode', {
    hitPolicy: 'first',
    inputs: [{ id: 'i', name: 'Total', field: 'total' }],
    outputs: [{ id: 'o', name: 'Off', field: 'off' }],
    rules: [
      { _id: 'r1', i: '> 100', o: '0.1' },
      { _id: 'r2', i: '', o: '0' },
    ],
  }),
  'switch.json': {
    nodes: [
      { id: 'in', name: 'In', type: 'inputNode' },
      {
        id: 'sw',
        name: 'Switch',
        type: 'switchNode',
        content: { statements: [{ id: 's1', condition: 'a > 1' }, { id: 's2', condition: '' }], hitPolicy: 'first' },
      },
      { id: 'big', name: 'Big', type: 'expressionNode', content: { expressions: [{ id: 'x', key: 'size', value: '"big"' }] } },
      { id: 'small', name: 'Small', type: 'expressionNode', content: { expressions: [{ id: 'x', key: 'size', value: '"small"' }] } },
      { id: 'out', name: 'Out', type: 'outputNode' },
    ],
    edges: [
      { id: '1', type: 'edge', sourceId: 'in', targetId: 'sw' },
      { id: '2', type: 'edge', sourceId: 'sw', targetId: 'big', sourceHandle: 's1' },
      { id: '3', type: 'edge', sourceId: 'sw', targetId: 'small', sourceHandle: 's2' },
      { id: '4', type: 'edge', sourceId: 'big', targetId: 'out' },
      { id: '5', type: 'edge', sourceId: 'small', targetId: 'out' },
    ],
  },
  'schema.json': {
    nodes: [
      {
        id: 'in',
        name: 'In',
        type: 'inputNode',
        content: { schema: JSON.stringify({ type: 'object', required: ['a'], properties: { a: { type: 'number' } } }) },
      },
      { id: 'out', name: 'Out', type: 'outputNode' },
    ],
    edges: [{ id: '1', type: 'edge', sourceId: 'in', targetId: 'out' }],
  },
  'policy.json': { blocks: [] },
};

export const bytes = (document) => Buffer.from(JSON.stringify(document));

/** A loader function over the same documents. */
export const loaded = (documents = rules) => async (key) => (documents[key] ? bytes(documents[key]) : null);

/** A static loader over them. */
export const held = (documents = rules) => ({ type: 'static', content: documents });
