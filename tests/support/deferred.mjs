// Promises for tests that hold something up.

/** A promise that is settled from outside. */
export function deferred() {
  const settlers = {};
  const promise = new Promise((resolve, reject) => Object.assign(settlers, { resolve, reject }));
  return { promise, ...settlers };
}
