/** Results for callers who rather look than catch. */

import type { SafeResult } from './engine-types.js';
import type { ZenError } from './errors.js';

/** What a promise comes to. */
export async function safe<T>(promise: Promise<T>): Promise<SafeResult<T>> {
  try {
    return { success: true, data: await promise };
  } catch (error) {
    return { success: false, error: error as ZenError };
  }
}
