/** The state in IndexedDB, so that a reload loses nothing. */

import { del, get, set } from 'idb-keyval';
import { useStore, type Saved } from './store';

const KEY = 'session';
/** Milliseconds without a change before the state is written. */
const QUIET = 400;
/** Where a page that goes away leaves what it has not written: IndexedDB may not be done in time. */
const UNWRITTEN = 'zen-edge.unwritten';

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

/** What survives a reload, as it is now. */
export function current(): Saved {
  const { name, release, documents, originals, selected, inputs, stubs, regions, runOnChange, dark } = useStore.getState();
  const pairs = Array.from(documents.values(), ({ key, text }): [string, string] => [key, text]);
  return { name, release, documents: pairs, originals, selected, inputs, stubs, regions, runOnChange, dark };
}
