/** Before anything is timed: all contenders must give the same result. */

import { isDeepStrictEqual } from 'node:util';

/** @throws Error naming the fixture and both results if a contender disagrees with the first one. */
export async function verify(fixture, runners, trace) {
  let first;
  for (const [id, runner] of Object.entries(runners)) {
    const answer = await runner.answer(trace);
    if (trace !== (answer.trace !== undefined && answer.trace !== null)) {
      throw new Error(`${fixture.name}: ${id} ${trace ? 'gives no trace' : 'gives a trace unasked'}`);
    }
    const result = JSON.parse(JSON.stringify(answer.result));
    first ??= { id, result };
    if (!isDeepStrictEqual(result, first.result)) {
      const [left, right] = [first.result, result].map((json) => JSON.stringify(json).slice(0, 600));
      throw new Error(`${fixture.name}, trace ${trace}: results differ\n  ${first.id}: ${left}\n  ${id}: ${right}`);
    }
  }
  return { contextBytes: bytes(fixture.context), resultBytes: bytes(first.result) };
}

const bytes = (json) => Buffer.byteLength(JSON.stringify(json));
