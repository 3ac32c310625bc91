/** When to refresh, and on whose word: timers, the page's visibility, and other tabs. */

import type { Report } from '../releases/status.js';
import type { SyncClient } from '../releases/sync.js';
import { Attention } from './attention.js';
import type { TabRole } from './status.js';
import type { Readings, SharedStore } from './tabs/shared-store.js';
import { Tabs } from './tabs/tabs.js';

/** How long the tab that leads has to tell one that asks, in milliseconds. Then that one asks the network itself. */
const ANSWER = 10_000;
/** What polls that are not asked for by name are apart at the least, in milliseconds. */
const FLOOR = 1_000;
/** What `setTimeout` can wait at the most. */
const LONGEST = 2 ** 31 - 1;

/** What there is to follow. */
export interface FollowingOptions {
  sync: SyncClient;
  stores: readonly SharedStore[];
  /** Milliseconds between polls; 0 for none. */
  interval: number;
  /** What tabs have in common that share their polls; nothing if they do not. */
  tabs: string | undefined;
  /** Called after each refresh. */
  refreshed(report: Report): void;
  /** Called when another tab polls now. */
  changed(): void;
}

/** Follows an environment until it is closed. One refresh runs at a time. */
export class Following {
  readonly #options: FollowingOptions;
  readonly #attention: Attention;
  readonly #tabs: Tabs | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The refreshes so far. It never rejects. */
  #queue: Promise<unknown> = Promise.resolve();
  /** What the leader told last, until a refresh takes it up. */
  #told: Readings | undefined;
  /** Called with what came of it when the leader has told something, or with nothing if it will not. */
  #heard: ((refreshed: Promise<Report> | undefined) => void) | undefined;
  /** When the network or the leader was last asked, by the wall clock. */
  #asked = -Infinity;
  /** Whether the first refresh is over. */
  #begun = false;
  #closed = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#attention = new Attention((back) => this.#noticed(back));
    if (options.tabs !== undefined) {
      this.#tabs = new Tabs(options.tabs, {
        changed: () => this.#roleChanged(),
        told: (readings) => this.#hear(readings),
        asked: () => this.#answer(),
      });
    }
  }

  /** Who asks the network for this tab. */
  get role(): TabRole {
    return this.#tabs?.role ?? 'alone';
  }

  /** Begins: takes part among the tabs, and refreshes once, by the leader's word if there is one. */
  async begin(): Promise<void> {
    if (this.#attention.visible) await this.#tabs?.join();
    const told = this.role === 'follower' && (await this.#ask());
    if (!told && !this.#closed) await this.refresh('now');
    this.#begun = true;
    this.#noticed(false);
  }

  /** Asks the network, after whatever refresh is under way. */
  refresh(when: 'now' | 'due'): Promise<Report> {
    return this.#enqueue(async () => {
      this.#asked = Date.now();
      const report = await this.#run(when, undefined);
      if (this.role === 'leader' && report.outcome !== 'notDue') this.#tell();
      return report;
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#attention.close();
    this.#tabs?.close();
    this.#heard?.(undefined);
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(task);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #run(when: 'now' | 'due', readings: Readings | undefined): Promise<Report> {
    const { sync, stores, refreshed } = this.#options;
    for (const store of stores) store.begin(readings);
    try {
      const report = await sync.refresh(when);
      if (!this.#closed) refreshed(report);
      return report;
    } finally {
      this.#arm();
    }
  }

  /** Sets the timer for the next poll, if it is this tab that polls. */
  #arm(): void {
    clearTimeout(this.#timer);
    const { visible, online } = this.#attention;
    if (this.#closed || this.#options.interval === 0 || this.role === 'follower' || !visible || !online) return;
    const timer = setTimeout(() => this.#poll('due'), Math.min(this.#options.sync.wait(), LONGEST));
    // A program that has nothing else to do may end.
    (timer as { unref?(): void }).unref?.();
    this.#timer = timer;
  }

  #poll(when: 'now' | 'due'): void {
    // Failures are in the report; what rejects is a client that was closed meanwhile.
    this.refresh(when).catch(() => undefined);
  }

  /** The page was shown or hidden, or the network went or came `back`. */
  #noticed(back: boolean): void {
    if (!this.#begun || this.#closed) return;
    const { visible, online } = this.#attention;
    clearTimeout(this.#timer);
    if (!visible) return this.#tabs?.leave();
    const joined = this.#tabs?.join() ?? Promise.resolve();
    joined.then(() => {
      if (this.#closed || !online || this.#options.interval === 0) return;
      // Ticks may stand still while a machine sleeps; the wall clock does not.
      const passed = Math.abs(Date.now() - this.#asked);
      if (passed < FLOOR) this.#arm();
      else if (this.role === 'follower') this.#tabs?.say({ kind: 'ask' });
      else this.#poll(back || passed >= this.#options.interval ? 'now' : 'due');
    }, () => undefined);
  }

  #roleChanged(): void {
    if (this.role !== 'follower') this.#heard?.(undefined);
    if (this.#begun) this.#arm();
    if (!this.#closed) this.#options.changed();
  }

  /** Asks the leader; says whether what it told could be taken. */
  async #ask(): Promise<boolean> {
    this.#asked = Date.now();
    const heard = new Promise<Report | undefined>((resolve) => {
      this.#heard = resolve;
    });
    const timer = setTimeout(() => this.#heard?.(undefined), ANSWER);
    this.#tabs?.say({ kind: 'ask' });
    const report = await heard.finally(() => clearTimeout(timer));
    this.#heard = undefined;
    return report !== undefined && report.error === null;
  }

  /** The leader told something: a refresh on its word, which asks the network only for what it did not tell. */
  #hear(readings: Readings): void {
    const waiting = this.#told !== undefined;
    this.#told = readings;
    if (waiting) return;
    const refreshed = this.#enqueue(() => {
      const told = this.#told;
      this.#told = undefined;
      this.#asked = Date.now();
      return this.#run('now', told);
    });
    refreshed.catch(() => undefined);
    this.#heard?.(refreshed);
  }

  /** A follower asks this leader. */
  #answer(): void {
    if (Math.abs(Date.now() - this.#asked) < FLOOR) this.#enqueue(async () => this.#tell()).catch(() => undefined);
    else this.#poll('now');
  }

  #tell(): void {
    const { stores } = this.#options;
    const noted = stores.map((store) => [store.name, store.notes()] as const);
    const readings: Readings = new Map(noted.flatMap(([name, notes]) => (notes === undefined ? [] : [[name, notes]])));
    this.#tabs?.say({ kind: 'told', at: Date.now(), readings });
  }
}
