// Promises for tests that hold something up.

/** A promise that is settled from outside. */
export function deferred() {
  let resolve = /** @param {any} [_value] */ (_value) => {};
  let reject = /** @param {any} [_reason] */ (_reason) => {};
  const promise = new Promise((...settlers) => ([resolve, reject] = settlers));
  return { promise, resolve, reject };
}
