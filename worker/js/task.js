// Work that an instance does without anybody waiting for an answer: a refresh, decision records.

import { serving } from './instance.js';

export class Task {
  #finish;
  /** Settles when the work is done, or when its instance has died. */
  finished = new Promise((resolve) => { this.#finish = resolve; });

  /** Work of an instance that has begun it by itself. */
  constructor(instance) {
    this.instance = instance;
    instance.tasks.add(this);
  }

  /** Begins work: `call` gets the instance's functions and the task. Settles as `finished` does. */
  static async begin(call) {
    let instance;
    try {
      instance = serving();
    } catch (error) {
      console.error(JSON.stringify({ event: 'start', message: String(error?.message ?? error) }));
      return;
    }
    const task = new Task(instance);
    instance.enter(task, (exports) => call(exports, task));
    await task.finished;
  }

  /** From Rust. */
  done() {
    this.instance.tasks.delete(this);
    this.#finish();
  }

  orphaned() {
    this.#finish();
  }

  trapped() {
    this.#finish();
  }
}
