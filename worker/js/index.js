// The Worker's entry: hands events to the wasm module. Everything else is decided in Rust.

import { Call } from './call.js';
import { Task } from './task.js';

export default {
  fetch(request, env, ctx) {
    return new Call(request, env, ctx).run();
  },

  async scheduled(_event, env) {
    await Task.begin((exports, task) => exports.refresh(task, env, true));
  },
};
