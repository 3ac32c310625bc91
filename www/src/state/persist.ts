/** The state in IndexedDB, so that a reload loses nothing. */

import { del, get, set } from 'idb-keyval';
import { useStore, type Saved } from './store';

const KEY = 'session';
/** Milliseconds without a change before the state is written. */
const QUIET = 400;
/** Where a page that goes away leaves what it has not written: IndexedDB may not be done in time. */
const UNWRITTEN = 'zen-edge.unwritten';
/** Where a page that reloads itself leaves the name of what it has written for its successor in the tab. */
const HANDED_OVER = 'zen-edge.handed-over';

/** Reads what an earlier visit left, and keeps writing from then on. */
export async function persist(): Promise<void> {
  const saved = unwritten() ?? (await get<Saved>(KEY).catch(() => undefined));
  if (saved !== undefined) restore(saved);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    timer = undefined;
    // A full disk or a private window costs the next visit its start, not this one its work.
    void set(KEY, current()).catch(() => undefined);
  };
  useStore.subscribe((state, before) => {
    if (state.runs !== before.runs || state.running !== before.running) return;
    clearTimeout(timer);
    timer = setTimeout(write, QUIET);
  });
  addEventListener('pagehide', () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    try {
      sessionStorage.setItem(UNWRITTEN, JSON.stringify(current()));
    } catch {
      // It is too long for that storage, or there is none; IndexedDB may be quick enough.
    }
    write();
  });
}

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
    const saved = await get<Saved>(name);
    await del(name);
    if (saved !== undefined) restore(saved);
  } catch {
    // No storage here, so nothing was handed over.
  }
}

/** What the page before this one in the tab had not written, once. */
function unwritten(): Saved | undefined {
  try {
    const text = sessionStorage.getItem(UNWRITTEN);
    sessionStorage.removeItem(UNWRITTEN);
    return text === null ? undefined : (JSON.parse(text) as Saved);
  } catch {
    return undefined;
  }
}

/** What is stored may come from an older page: what cannot be taken over is dropped. */
function restore(saved: Saved): void {
  try {
    useStore.getState().restore(saved);
  } catch {
    void del(KEY).catch(() => undefined);
  }
}

function current(): Saved {
  const { name, release, documents, originals, selected, inputs, stubs, regions, runOnChange, dark } = useStore.getState();
  const pairs = Array.from(documents.values(), ({ key, text }): [string, string] => [key, text]);
  return { name, release, documents: pairs, originals, selected, inputs, stubs, regions, runOnChange, dark };
}
