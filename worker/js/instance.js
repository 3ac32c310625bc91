// One instance of the wasm module at a time, and its successor when it dies.
//
// A trap (a panic, exhausted memory or stack) leaves an instance in a state that nobody knows: locks
// held, futures half polled. So whatever throws out of it ends it. The bindings are generated as a
// function, which gives each instance its own: nothing that belonged to a dead one (a promise that is
// still pending, a finalizer) reaches its successor.

import bindings from './bindings.js';
import * as host from './host.js';
import module from './zen_edge_worker.wasm';

/** How many traps are told to each new instance. */
const REMEMBERED = 64;

/** What only the bindings call, within other calls: not worth guarding. */
const PLAIN = /^(__wbindgen_(malloc|realloc|free|exn_store|start)|__externref_)/;

/** What a guarded function answers if its instance is dead: bindings may look into it for an error. */
const NOTHING = [];

/** The releases whose evaluation ended an instance in this isolate. */
const traps = [];

let current = null;

/** The instance that serves: a new one if the last has died. Throws if the platform gives none. */
export function serving() {
  // Still inside: the platform has ended an event in the middle of it (its CPU limit, say).
  if (current !== null && current.inside) current.died('the platform ended an event inside of it');
  if (current === null || current.dead) {
    current = null;
    current = new Instance();
  }
  return current;
}

class Instance {
  dead = false;
  inside = false;
  /** What waits for this instance. */
  tasks = new Set();

  constructor() {
    this.exports = bindings(module, (exports) => this.#guard(exports));
    for (const { environment, project, digest } of traps) this.exports.remember(environment, project, digest);
  }

  /** Calls into the instance for a task, which hears of it if that ends the instance. */
  enter(task, call) {
    host.go_on(task);
    try {
      call(this.exports);
    } catch (error) {
      this.died(error);
    }
    host.go_on(null);
  }

  #guard(exports) {
    const guarded = {};
    for (const [name, value] of Object.entries(exports)) {
      const plain = typeof value !== 'function' || PLAIN.test(name);
      guarded[name] = plain ? value : (...parameters) => this.#guarded(value, parameters);
    }
    return guarded;
  }

  #guarded(exported, parameters) {
    if (this.dead) return NOTHING;
    const nested = this.inside;
    this.inside = true;
    try {
      const result = exported(...parameters);
      this.inside = nested;
      return result;
    } catch (error) {
      this.died(error);
      // What called in between must end as well; nobody else has use for it.
      if (nested) throw error;
      return NOTHING;
    }
  }

  died(error) {
    if (this.dead) return;
    this.dead = true;
    this.inside = false;
    const { task, release } = host.takeLast();
    if (release !== undefined) {
      if (traps.length === REMEMBERED) traps.shift();
      traps.push(release);
    }
    console.error(JSON.stringify({ event: 'trap', message: String(error?.message ?? error), ...release }));
    for (const other of this.tasks) if (other !== task) other.orphaned();
    this.tasks.clear();
    task?.trapped();
  }
}
