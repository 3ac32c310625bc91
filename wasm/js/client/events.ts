/** What a client tells: events whose listeners cannot break it. */

import type { Report, SyncFault } from '../releases/status.js';
import type { Changes } from './active.js';
import type { ClientStatus } from './status.js';

/** What became active. */
export interface Update extends Changes {
  /** The environment's name. */
  environment: string;
}

/** A release, or what announces one, that was refused or could not be had. What is served stays. */
export interface RefusedDetail extends SyncFault {
  /** The project, if it is about one. */
  project: string;
}

/** The events of a client, by their names; each is a `CustomEvent` with this `detail`. */
export interface ClientEventMap {
  /** Another release answers from now on. */
  update: CustomEvent<Update>;
  /** The announced release of a project is not the one that is served. Once for each reason. */
  refused: CustomEvent<RefusedDetail>;
  /** No source gave anything that could be taken. Once for each reason. */
  error: CustomEvent<SyncFault>;
  /** A refresh ended, or another tab polls now. */
  status: CustomEvent<ClientStatus>;
}

/** How a listener is added. */
export interface ListenOptions {
  /** Removes it after its first event. */
  once?: boolean;
  /** Removes it when this is aborted. */
  signal?: AbortSignal;
}

type Listener<Event> = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

/** An `EventTarget` with typed events. What a listener throws goes to the console, and nowhere else. */
export class ClientEvents extends EventTarget {
  /** What is registered for a listener: always the same, so that adding it twice and removing it do as usual. */
  readonly #guarded = new WeakMap<object, EventListener>();

  override addEventListener<Name extends keyof ClientEventMap>(
    type: Name,
    listener: Listener<ClientEventMap[Name]> | null,
    options?: ListenOptions,
  ): void {
    if (listener === null) return;
    let guarded = this.#guarded.get(listener);
    if (guarded === undefined) {
      guarded = (event) => {
        const typed = event as ClientEventMap[Name];
        guard(() => (typeof listener === 'function' ? listener.call(this, typed) : listener.handleEvent(typed)));
      };
      this.#guarded.set(listener, guarded);
    }
    super.addEventListener(type, guarded, options);
  }

  override removeEventListener<Name extends keyof ClientEventMap>(
    type: Name,
    listener: Listener<ClientEventMap[Name]> | null,
  ): void {
    const guarded = listener === null ? undefined : this.#guarded.get(listener);
    if (guarded !== undefined) super.removeEventListener(type, guarded);
  }

  /** Tells the listeners. */
  protected emit<Name extends keyof ClientEventMap>(type: Name, detail: ClientEventMap[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Calls what the user gave. What it throws, now or as a rejection, goes to the console. */
export function guard(call: () => unknown): void {
  const report = (thrown: unknown) => console.error('zen-edge: a callback failed:', thrown);
  try {
    Promise.resolve(call()).catch(report);
  } catch (thrown) {
    report(thrown);
  }
}

/** Tells which reasons are new: a source that is down is not reported with each poll. */
export class Reasons {
  #told = new Map<string, string>();

  /** The faults of a report that the one before had not. */
  news(report: Report): { error: SyncFault | undefined; refused: RefusedDetail[] } {
    const now = new Map<string, string>();
    const isNew = (name: string, fault: SyncFault) => {
      now.set(name, JSON.stringify(fault));
      return this.#told.get(name) !== now.get(name);
    };
    const error = report.error !== null && isNew('', report.error) ? report.error : undefined;
    const faults = Object.entries(report.projects).filter(([project, fault]) => isNew(`/${project}`, fault));
    this.#told = now;
    return { error, refused: faults.map(([project, fault]) => ({ project, ...fault })) };
  }
}
