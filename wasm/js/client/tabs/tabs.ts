/** The tabs of one browser: which of them polls, and how the others hear of it. */

import type { TabRole } from '../status.js';
import { message, type Message } from './messages.js';
import type { Readings } from './shared-store.js';

/** After how long a message is too old to be believed, in milliseconds. */
const LATE = 10_000;

/** What a client does with what happens among tabs. */
export interface TabsHandler {
  /** This tab has another role now. */
  changed(role: TabRole): void;
  /** The leader tells what it read. */
  told(readings: Readings): void;
  /** A follower asks; only the leader is told so. */
  asked(): void;
}

/**
 * One of a browser's tabs that follow the same. The one that holds a lock (Web Locks) leads; when it is
 * closed, crashes or is hidden, the browser gives the lock to the next. Where there are no locks or
 * channels, everyone is alone.
 */
export class Tabs {
  readonly #name: string;
  readonly #handler: TabsHandler;
  readonly #channel: BroadcastChannel | undefined;
  #role: TabRole = 'alone';
  /** Our place in the queue for the lock, or our holding it, until it is aborted. */
  #turn: AbortController | undefined;
  /** Settles once it is known whether we lead. */
  #joined: Promise<void> = Promise.resolve();

  /** `name` is what tabs have in common that follow the same. */
  constructor(name: string, handler: TabsHandler) {
    this.#name = `zen-edge:${name}`;
    this.#handler = handler;
    this.#channel = canShare() ? openChannel(this.#name) : undefined;
    if (this.#channel !== undefined) this.#channel.onmessage = (event) => this.#receive(message(event.data));
  }

  get role(): TabRole {
    return this.#role;
  }

  /** Takes part: leads if nobody does, otherwise follows and waits for its turn. */
  join(): Promise<void> {
    if (this.#channel !== undefined && this.#turn === undefined) this.#joined = this.#join();
    return this.#joined;
  }

  async #join(): Promise<void> {
    const turn = new AbortController();
    this.#turn = turn;
    const { signal } = turn;
    const { locks } = navigator;
    /** Holds the lock until we leave. */
    const lead = () => new Promise<void>((release) => {
      if (signal.aborted) return release();
      signal.addEventListener('abort', () => release());
      this.#become('leader');
    });
    await new Promise<void>((decided) => {
      const first = locks.request(this.#name, { ifAvailable: true }, async (lock) => {
        if (lock === null) return false;
        const held = lead();
        decided();
        await held;
        return true;
      });
      const queue = async () => {
        if (await first || signal.aborted) return;
        this.#become('follower');
        decided();
        await locks.request(this.#name, { signal }, lead);
      };
      queue().catch(() => {
        // Forbidden here (a sandboxed frame), or we left.
        if (!signal.aborted) this.#become('alone');
      }).finally(decided);
    });
  }

  /** Gives the lead, or the place in the queue, to others. */
  leave(): void {
    this.#turn?.abort();
    this.#turn = undefined;
    this.#become('alone');
  }

  /** Says something to the other tabs. */
  say(what: Message): void {
    this.#channel?.postMessage(what);
  }

  close(): void {
    this.leave();
    this.#channel?.close();
  }

  #become(role: TabRole): void {
    if (this.#role === role) return;
    this.#role = role;
    this.#handler.changed(role);
  }

  #receive(heard: Message | undefined): void {
    if (heard?.kind === 'ask' && this.#role === 'leader') this.#handler.asked();
    // A tab that was frozen hears late: what was new then says nothing of now.
    if (heard?.kind === 'told' && this.#role === 'follower' && Math.abs(Date.now() - heard.at) < LATE) this.#handler.told(heard.readings);
  }
}

/** Pages and their workers, of secure origins. Elsewhere (Node has both, too) nothing is shared between restarts. */
function canShare(): boolean {
  const { location, BroadcastChannel: channel } = globalThis as { location?: Location; BroadcastChannel?: unknown };
  return location !== undefined && typeof channel === 'function' && globalThis.navigator?.locks !== undefined;
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    // A frame with an opaque origin has none.
    return undefined;
  }
}
