/** The state in IndexedDB, so that a reload loses nothing. */

import { del, get, set } from 'idb-keyval';
import { isObject } from '../model/document';
import { useStore, type Saved } from './store';

const KEY = 'session';
/** Milliseconds without a change before the state is written. */
const QUIET = 400;
/** Where a page that goes away leaves what it has not written: IndexedDB may not be done in time. */
const UNWRITTEN = 'zen-edge.unwritten';

/** The state as it is stored. */
interface Kept extends Saved {
  /** When that was, in milliseconds since 1970: of two tabs the last one counts. */
  at: number;
}

const MEMBERS = ['name', 'release', 'documents', 'originals', 'selected', 'inputs', 'stubs', 'regions', 'runOnChange', 'dark'] as const;

/** Reads what an earlier visit left, and keeps writing from then on. */
export async function persist(): Promise<void> {
  const stored = await get<unknown>(KEY).catch(() => undefined);
  const left = unwritten();
  const found = [stored, left].filter(isKept).sort((a, b) => b.at - a.at);
  const restored = found.find(restore);
  // What can never be taken over only takes room.
  if (stored !== undefined && stored !== restored && !isKept(stored)) void del(KEY).catch(() => undefined);
  const writer = new Writer();
  // It may be nowhere else.
  if (restored !== undefined && restored === left) writer.write(restored);
  else forget();
  useStore.subscribe((state, before) => {
    if (MEMBERS.some((name) => state[name] !== before[name])) writer.later();
  });
  // A page in the background may be ended without another word; pagehide also covers a reload.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') writer.leave();
  });
  addEventListener('pagehide', () => writer.leave());
}

/** Writes the state, a while after its last change. */
class Writer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = false;

  later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.write(current()), QUIET);
  }

  /** The page goes away, perhaps to come back as it is: what is not written yet is written twice. */
  leave(): void {
    if (this.#timer === undefined) return;
    const state = current();
    try {
      sessionStorage.setItem(UNWRITTEN, JSON.stringify(state));
    } catch {
      // It is too long for that storage, or there is none; IndexedDB may be quick enough.
    }
    this.write(state);
  }

  write(state: Kept): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    set(KEY, state).then(forget, (error: unknown) => this.#failed(error));
  }

  /** A full disk or a private window costs the next visit its start, not this one its work. Said once. */
  #failed(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    const reason = error instanceof Error ? error.message : String(error);
    useStore.getState().fail(`What you do here is not kept for your next visit, for this browser cannot store it: ${reason}`);
  }
}

/** What the page before this one in the tab had not written. */
function unwritten(): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(UNWRITTEN) ?? 'null');
  } catch {
    return undefined;
  }
}

/** IndexedDB has it, or something newer. */
function forget(): void {
  try {
    sessionStorage.removeItem(UNWRITTEN);
  } catch {
    // There is no such storage.
  }
}

/** Whether the state could be taken over; one that an older page left may not be what it seems. */
export function restore(kept: Kept): boolean {
  try {
    useStore.getState().restore(kept);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value is a state as this page writes it; what an older page wrote may not be. */
export function isKept(value: unknown): value is Kept {
  if (!isObject(value)) return false;
  const { documents, originals, inputs, name, stubs, regions, runOnChange, at } = value;
  const texts = [originals, inputs].every((map) => isObject(map) && Object.values(map).every((text) => typeof text === 'string'));
  const words = [name, stubs, regions ?? ''].every((text) => typeof text === 'string');
  const pairs = Array.isArray(documents) && documents.every((pair) => Array.isArray(pair) && pair.every((text) => typeof text === 'string'));
  return texts && words && pairs && typeof runOnChange === 'boolean' && typeof at === 'number';
}

/** What survives a reload, as it is now. */
export function current(): Kept {
  const { name, release, documents, originals, selected, inputs, stubs, regions, runOnChange, dark } = useStore.getState();
  const pairs = Array.from(documents.values(), ({ key, text }): [string, string] => [key, text]);
  return { name, release, documents: pairs, originals, selected, inputs, stubs, regions, runOnChange, dark, at: Date.now() };
}
