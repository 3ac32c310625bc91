/** The state on its way from a page that reloads itself to its successor in the tab. */

import { del, get, set } from 'idb-keyval';
import { current, isKept, restore } from './persist';

/** Where the name of what is in IndexedDB is left. */
const HANDED_OVER = 'zen-edge.handed-over';

/**
 * Writes the state for the page that a reload starts in this tab. Other tabs keep theirs apart, and it may
 * be one that is not kept otherwise. @throws Error if it cannot be written
 */
export async function handOver(): Promise<void> {
  const name = `handed-over-${crypto.randomUUID()}`;
  await set(name, current());
  sessionStorage.setItem(HANDED_OVER, name);
}

/** Goes on with what the page before this one in the tab handed over, if it did. */
export async function takeOver(): Promise<void> {
  try {
    const name = sessionStorage.getItem(HANDED_OVER);
    if (name === null) return;
    sessionStorage.removeItem(HANDED_OVER);
    const saved = await get<unknown>(name);
    if (isKept(saved)) restore(saved);
    await del(name);
  } catch {
    // There is no storage.
  }
}
