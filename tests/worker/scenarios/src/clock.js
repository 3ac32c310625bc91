// The Worker with the clocks that each request tells: time passes in a scenario, not while it is played.
// Its timers are the platform's.

import worker from './index.js';

const told = { now: 0, ticks: 0 };
Date.now = () => told.now;
performance.now = () => told.ticks;

export default {
  fetch(request, env, ctx) {
    for (const clock of Object.keys(told)) told[clock] = Number(request.headers.get(`scenario-${clock}`));
    return worker.fetch(request, env, ctx);
  },
};
