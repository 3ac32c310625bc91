/** Answers that come at once or later. */

/** Whether something is a promise: those of other realms and libraries are, too. */
export const isPromise = <T>(answer: T | Promise<T>): answer is Promise<T> =>
  typeof (answer as Promise<T> | null | undefined)?.then === 'function';
