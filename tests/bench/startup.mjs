/** From nothing to the first answer, each time in a fresh process; the median of them. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './measure.mjs';

const child = fileURLToPath(new URL('./startup-child.mjs', import.meta.url));

/** What the first answer is measured with. */
const FIXTURES = ['table-10', 'policy-3', 'function-v2'];

/** `[{ fixture, wasm, node }]`, each with the milliseconds of every step by its name. */
export function measureStartup(processes) {
  return FIXTURES.map((fixture) => {
    const runs = { wasm: [], node: [] };
    for (let round = 0; round < processes; round += 1) {
      for (const id of Object.keys(runs)) {
        runs[id].push(JSON.parse(execFileSync(process.execPath, [child, id, fixture], { encoding: 'utf8' })));
      }
    }
    return { fixture, wasm: medians(runs.wasm), node: medians(runs.node) };
  });
}

const medians = (runs) =>
  Object.fromEntries(Object.keys(runs[0]).map((step) => [step, median(runs.map((run) => run[step]))]));
