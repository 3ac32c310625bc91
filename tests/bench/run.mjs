/**
 * The benchmark: our wasm module, GoRules' native Node engine and native Rust on the same fixtures.
 *
 *   node tests/bench/run.mjs                 everything; writes tests/bench/report.md and prints it
 *   node tests/bench/run.mjs --filter table  only fixtures whose name contains `table`
 *   node tests/bench/run.mjs --quick         a smoke test of a few rounds
 *
 * Only the whole benchmark writes the report. Needs `wasm/dist` (`make build`).
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startContenders } from './contenders.mjs';
import { fixtures } from './fixtures.mjs';
import { describeMachine } from './machine.mjs';
import { FULL, QUICK, compare } from './measure.mjs';
import { report } from './report.mjs';
import { measureStartup } from './startup.mjs';
import { verify } from './verify.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, filter: { type: 'string' } } });
const settings = options.quick ? QUICK : FULL;
const chosen = fixtures.filter(({ name }) => name.includes(options.filter ?? ''));
if (chosen.length === 0) {
  console.error(`no fixture is called like \`${options.filter}\`: ${fixtures.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const { contenders, stop } = startContenders();
try {
  const measurements = [];
  for (const fixture of chosen) measurements.push(...(await measureFixture(fixture)));
  const startup = options.filter ? undefined : measureStartup(settings.processes);
  const text = report({ machine: describeMachine(), settings, measurements, startup });
  if (!options.quick && !options.filter) writeFileSync(new URL('./report.md', import.meta.url), text);
  console.log(text);
} finally {
  stop();
}

async function measureFixture(fixture) {
  const runners = {};
  for (const { id, load } of contenders) runners[id] = await load(fixture);
  const measurements = [];
  for (const trace of [false, true]) {
    const sizes = await verify(fixture, runners, trace);
    const times = await compare(runners, trace, settings);
    measurements.push({ fixture, trace, times, ...sizes });
    const line = Object.entries(times).map(([id, { micros }]) => `${id} ${micros.toFixed(1)}`);
    console.error(`${fixture.name}${trace ? ', traced' : ''}: ${line.join(', ')} µs`);
  }
  for (const runner of Object.values(runners)) runner.dispose();
  return measurements;
}
