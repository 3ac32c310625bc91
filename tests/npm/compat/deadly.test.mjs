// What ends native's process is an answer or an error here. Each call has a process of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const document = JSON.stringify(JSON.stringify({ nodes: [
  { id: 'in', name: 'In', type: 'inputNode' },
  { id: 'c', name: 'C', type: 'customNode', content: { kind: 'k', config: {} } },
  { id: 'out', name: 'Out', type: 'outputNode' },
], edges: [{ id: '1', type: 'edge', sourceId: 'in', targetId: 'c' }, { id: '2', type: 'edge', sourceId: 'c', targetId: 'out' }] }));

const deadly = {
  'a whole number of 2^64': ["zen.evaluateExpressionSync('n', { n: 2 ** 64 })", 2 ** 64],
  'a whole number below -2^63': ["zen.evaluateExpressionSync('n', { n: -1e20 })", -1e20],
  'a cycle': ["(() => { const a = {}; a.a = a; return zen.evaluateExpressionSync('1', a); })()", 'the input is not JSON: $.a contains itself'],
  'a loader that answers at once': [`new zen.ZenEngine({ loader: () => Buffer.from(${document}), customHandler: async () => ({ output: { ok: 1 } }) }).evaluate('k', {}).then((r) => r.result)`, { ok: 1 }],
  'a loader that throws at once': ["new zen.ZenEngine({ loader: () => { throw new Error('boom'); } }).evaluate('k', {}).catch((e) => JSON.parse(e.message))", { type: 'LoaderError', key: 'k', source: 'Error: boom' }],
  'a custom handler that answers at once': [`new zen.ZenEngine({ customHandler: () => ({ output: { ok: 1 } }) }).createDecision(Buffer.from(${document})).evaluate({}).then((r) => r.result)`, { ok: 1 }],
};

async function inProcess(importing, call) {
  const script = `${importing}
    let answer;
    try { answer = await ${call}; } catch (error) { answer = error.message; }
    console.log(JSON.stringify(answer));`;
  const options = { cwd: new URL('.', import.meta.url), env: { ...process.env, RUST_BACKTRACE: '0' }, timeout: 60_000 };
  return run(process.execPath, ['--input-type=module', '--eval', script], options);
}

for (const [name, [call, answer]] of Object.entries(deadly)) {
  test(`${name}: native`, async () => {
    const native = "import { createRequire } from 'node:module'; const zen = createRequire(import.meta.url)('@gorules/zen-engine-linux-x64-gnu');";
    await assert.rejects(inProcess(native, call), ({ code, signal }) => code !== 0 || signal !== null);
  });
  test(`${name}: zen-edge`, async () => {
    const { stdout } = await inProcess("import * as zen from 'zen-edge';", call);
    assert.deepEqual(JSON.parse(stdout), answer);
  });
}
