// What the wasm instance says of itself while it runs. It is kept here because nothing in the memory
// of an instance that has died can be relied on.

import bakedIn from './baked-in.zip';

/** From Rust: the release that was deployed together with the program; empty if there is none. */
export function baked_in() {
  return new Uint8Array(bakedIn);
}

/** The releases that were evaluated, by the numbers that the instance has given them. */
let releases = [];
let evaluated = -1;
let running = null;

/** From Rust: `number` is this release from now on. */
export function name_release(number, environment, project, digest) {
  releases[number] = { environment, project, digest };
}

/** From Rust: this release is evaluated now; -1 is none. */
export function evaluate_release(number) {
  evaluated = number;
}

/** From Rust and from here: what happens from now on happens for this task, or for none. */
export function go_on(task) {
  running = task;
}

/** The task that ran last, and the release that was evaluated for it. Forgets everything. */
export function takeLast() {
  const last = { task: running, release: releases[evaluated] };
  releases = [];
  evaluated = -1;
  running = null;
  return last;
}
