/**
 * Times contenders in turns, so that whatever else the machine does hits all of them alike: a round
 * is one batch of each, the order changes from round to round, and the median of rounds counts.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const BATCH_NANOS = 30e6;
const MAX_ITERATIONS = 200_000;

setFlagsFromString('--expose-gc');
/** Nobody pays for the garbage of the one before. */
const collectGarbage = runInNewContext('gc');

/** How much is measured: batches of each contender, and processes for a cold start. */
export const FULL = { warmUpRounds: 2, rounds: 9, processes: 5 };
export const QUICK = { warmUpRounds: 1, rounds: 2, processes: 1 };

/** The middle of some numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many evaluations take about as long as a batch should. Warms up on the way. */
async function calibrate(runner, trace) {
  let iterations = 1;
  for (;;) {
    const nanos = await runner.measure(trace, iterations);
    if (nanos >= BATCH_NANOS / 2 || iterations >= MAX_ITERATIONS) {
      return Math.max(1, Math.min(MAX_ITERATIONS, Math.round((iterations * BATCH_NANOS) / nanos)));
    }
    iterations = Math.min(MAX_ITERATIONS, iterations * Math.max(2, Math.min(10, Math.ceil(BATCH_NANOS / nanos))));
  }
}

/**
 * Times `runners` (`{ id: Runner }`) and gives `{ id: { micros, spread } }`: the median time of one
 * evaluation, and how far the middle half of the rounds lies apart, relative to it.
 */
export async function compare(runners, trace, { warmUpRounds, rounds }) {
  const ids = Object.keys(runners);
  const iterations = {};
  for (const id of ids) iterations[id] = await calibrate(runners[id], trace);

  const times = Object.fromEntries(ids.map((id) => [id, []]));
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    for (let turn = 0; turn < ids.length; turn += 1) {
      const id = ids[(round + turn) % ids.length];
      collectGarbage();
      const nanos = await runners[id].measure(trace, iterations[id]);
      if (round >= warmUpRounds) times[id].push(nanos / iterations[id] / 1000);
    }
  }
  return Object.fromEntries(ids.map((id) => [id, summary(times[id])]));
}

function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  const micros = median(times);
  return { micros, spread: (sorted[sorted.length - 1 - quarter] - sorted[quarter]) / micros };
}
