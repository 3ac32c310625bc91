/**
 * The npm package beside other rules engines for JavaScript, on one decision table in the words of each:
 * evaluations a second from object to object, and the time to the first answer in Node and in Chromium.
 *
 *   node tests/bench/npm.mjs          everything; writes tests/bench/npm.md and prints it
 *   node tests/bench/npm.mjs --quick  a smoke test of a few rounds
 */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { build } from 'esbuild';
import { logged, serve, startChromium } from '../npm/packaging/support/browser.mjs';
import { describeMachine } from './machine.mjs';
import { FULL, QUICK, compare, median } from './measure.mjs';
import { contenders } from './npm/node.mjs';
import { prices } from './npm/prices.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const settings = options.quick ? QUICK : FULL;
const require = createRequire(import.meta.url);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const ours = 'zen-edge';

const tables = [prices(10, 2), prices(100, 10), prices(1_000, 20)];
const throughput = [];
for (const table of tables) throughput.push({ table, times: await measure(table) });
const node = Object.fromEntries(Object.keys(contenders).filter((id) => id !== 'zen-edge sync').map((id) => [id, firstInNode(id)]));
const chromium = await firstInChromium(['zen-edge', 'json-rules-engine', 'json-logic-js', '@cedar-policy/cedar-wasm']);

const text = report();
if (!options.quick) writeFileSync(here('./npm.md'), text);
console.log(text);
process.exit();

/** The median time of one evaluation by contender, after all have given the same answer. */
async function measure(table) {
  const runners = {};
  for (const [id, load] of Object.entries(contenders)) {
    const answer = await load(table);
    const { offer, ...rest } = JSON.parse(JSON.stringify(await answer(table.context)));
    const { offer: wanted, ...expected } = table.expected;
    // Cedar names the policy, and has no further outputs.
    if (offer !== wanted || (id !== '@cedar-policy/cedar-wasm' && !isDeepStrictEqual(rest, expected))) throw new Error(`${table.name}: ${id} answers ${JSON.stringify({ offer, ...rest })}`);
    runners[id] = { measure: (_, iterations) => time(answer, table.context, iterations) };
  }
  const times = await compare(runners, false, settings);
  console.error(`${table.name}: ${Object.entries(times).map(([id, { micros }]) => `${id} ${micros.toFixed(1)}`).join(', ')} µs`);
  return times;
}

async function time(answer, context, iterations) {
  const start = process.hrtime.bigint();
  if (answer.constructor.name === 'AsyncFunction') for (let index = 0; index < iterations; index += 1) await answer(context);
  else for (let index = 0; index < iterations; index += 1) answer(context);
  return Number(process.hrtime.bigint() - start);
}

function firstInNode(id) {
  const run = () => Number(execFileSync(process.execPath, [here('./npm/first.mjs'), id], { encoding: 'utf8' }));
  return median(Array.from({ length: settings.processes }, run));
}

/** Each in a page of a browser's profile of its own, so that nothing is cached. */
async function firstInChromium(ids) {
  const ends = [];
  const t = { after: (end) => ends.push(end) };
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-bench-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  try {
    await build({ entryPoints: [here('./npm/page.mjs')], outdir: folder, bundle: true, splitting: true, minify: true, format: 'esm', logLevel: 'error' });
    cpSync(here('../../wasm/dist/wasm'), join(folder, 'wasm'), { recursive: true });
    cpSync(join(require.resolve('@cedar-policy/cedar-wasm/nodejs'), '../../web/cedar_wasm_bg.wasm'), join(folder, 'cedar_wasm_bg.wasm'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="page.js"></script>');
    const url = await serve(t, folder);
    const browser = await startChromium(t);
    const all = Object.fromEntries(ids.map((id) => [id, []]));
    for (let round = 0; round < settings.processes; round += 1) {
      for (const id of ids) {
        const context = await browser.newContext();
        all[id].push(await logged(context, `${url}index.html#${encodeURIComponent(id)}`));
        await context.close();
      }
    }
    return Object.fromEntries(ids.map((id) => [id, median(all[id])]));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

function report() {
  const versions = ['json-rules-engine', 'json-logic-js', '@cedar-policy/cedar-wasm'].map((name) => `${name} ${JSON.parse(readFileSync(here(`../../node_modules/${name}/package.json`), 'utf8')).version}`);
  const short = (number) => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2));
  const rows = throughput.flatMap(({ table, times }) =>
    Object.entries(times).map(([id, { micros, spread }]) => `| ${table.name} | ${id} | ${Math.round(1e6 / micros).toLocaleString('en')} | ${short(micros)} | ${short(micros / times[ours].micros)} | ${Math.round(spread * 100)} % |`),
  );
  const first = Object.keys(node).map((id) => `| ${id} | ${short(node[id])} | ${chromium[id] === undefined ? '–' : short(chromium[id])} |`);
  const slower = throughput.flatMap(({ table, times }) =>
    Object.entries(times).filter(([id, { micros }]) => !id.startsWith(ours) && micros < times['zen-edge sync'].micros).map(([id]) => `${id} on ${table.name}`));
  return `# The npm package beside other rules engines

Written by \`make bench\`: the median of ${settings.rounds} rounds in which all take turns, after ${settings.warmUpRounds} to warm up.

${[...describeMachine(), versions.join(', ')].map((line) => `- ${line}`).join('\n')}

## Evaluations a second

One decision table, two equalities and a range, hit at nineteen twentieths of its rows; from a JavaScript object to
a JavaScript object, one evaluation after the other. The fourth number is the time against \`zen-edge\`'s: above 1 means that zen-edge is faster.

| table | engine | a second | µs | against zen-edge | spread |
| --- | --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}

${slower.length === 0 ? '`zen-edge` is faster than every other one on every table.' : `Faster than \`zen-edge sync\`: ${slower.join(', ')}. On tables of few rows the way into the module and back (JSON text both ways, about a dozen microseconds) costs more than the rules; an interpreter that lives in JavaScript's own heap is spared that. With the number of rows the order turns, because the engine looks rows up by an index.`}

- **zen-edge**: this package, \`await bundle.evaluate(key, object)\`; **zen-edge sync**: \`bundle.evaluateSync\`.
- **@gorules/zen-engine**: the same engine as a native addon, \`await engine.evaluate(key, object)\`, documents compiled beforehand.
- **json-rules-engine**: a rule per row with four conditions and a priority; the run stops at the first that holds.
- **json-logic-js**: one \`if\` with a condition per row; there are no types, no dates, no functions and no decimal numbers.
- **@cedar-policy/cedar-wasm**: an authorization language, not a rules engine: a policy per row that permits, parsed beforehand
  (\`statefulIsAuthorized\`); the answer is the policy's name, and the discount would have to be looked up by it.
- **@open-policy-agent/opa-wasm** is left out: it runs policies that the \`opa\` binary has compiled to WebAssembly, and
  no package of a registry that this build uses brings that binary, so that nobody could reproduce the policy.

## From nothing to the first answer, milliseconds

The table of 10 rows; median of ${settings.processes}. In Node from loading the package in a fresh process, in Chromium from the start
of the navigation, from a server on the same machine with nothing cached.

| engine | Node | Chromium |
| --- | ---: | ---: |
${first.join('\n')}
`;
}
