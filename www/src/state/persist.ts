/** The state in IndexedDB, so that a reload loses nothing. */

import { del, get, set } from 'idb-keyval';
import { useStore, type Saved } from './store';

const KEY = 'session';
/** Milliseconds without a change before the state is written. */
const QUIET = 400;

/** Reads what an earlier visit left, and keeps writing from then on. */
export async function persist(): Promise<void> {
  const saved = await get<Saved>(KEY).catch(() => undefined);
  if (saved !== undefined) restore(saved);
  let timer: ReturnType<typeof setTimeout> | undefined;
  useStore.subscribe((state, before) => {
    if (state.runs !== before.runs || state.running !== before.running) return;
    clearTimeout(timer);
    timer = setTimeout(write, QUIET);
  });
  addEventListener('pagehide', write);
}

/** What is stored may come from an older page: what cannot be taken over is dropped. */
function restore(saved: Saved): void {
  try {
    useStore.getState().restore(saved);
  } catch {
    void del(KEY).catch(() => undefined);
  }
}

function write(): void {
  const { name, release, documents, originals, selected, inputs, stubs, regions, runOnChange, dark } = useStore.getState();
  const pairs = Array.from(documents.values(), ({ key, text }): [string, string] => [key, text]);
  const saved: Saved = { name, release, documents: pairs, originals, selected, inputs, stubs, regions, runOnChange, dark };
  // A full disk or a private window costs the next visit its start, not this one its work.
  void set(KEY, saved).catch(() => undefined);
}
