// The replicator's entry: hands events to the wasm module, and gives an instance that has died a
// successor. What a dead one was doing is delivered again by the queue, or found by the Cron Trigger.

import * as wasm from './bindings.js';
import module from './zen_edge_replicator.wasm';

let begun = false;
let state;

/** The module, with an instance that works. */
function serving() {
  if (!begun) {
    wasm.initSync({ module });
    begun = true;
    state = wasm.__worker_init_state();
  } else if (state.criticalError) {
    wasm.__wbg_reset_state();
    state.criticalError = false;
  }
  return wasm;
}

function look(error) {
  if (error instanceof WebAssembly.RuntimeError && state) state.criticalError = true;
}

// What traps while a promise is being settled has no caller of ours.
addEventListener('error', (event) => look(event.error));

async function guarded(call) {
  try {
    return await call(serving());
  } catch (error) {
    look(error);
    throw error;
  }
}

export default {
  fetch: (request, env, ctx) => guarded((instance) => instance.fetch(request, env, ctx)),
  queue: (batch, env) => guarded((instance) => instance.queue(batch, env)),
  scheduled: (event, env) => guarded((instance) => instance.scheduled(event, env)),
};
