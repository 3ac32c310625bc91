/** Whether anybody can be served now: a page that is hidden or offline does not poll. */

/** Watches a page, or what is not one and is always attended to. */
export class Attention {
  readonly #ends: (() => void)[] = [];

  /** `changed` is told of everything that may be a reason to poll, or to stop; `back` that the network is. */
  constructor(changed: (back: boolean) => void) {
    const listen = (target: EventTarget | undefined, type: string, listener: () => void) => {
      if (typeof target?.addEventListener !== 'function') return;
      target.addEventListener(type, listener);
      this.#ends.push(() => target.removeEventListener(type, listener));
    };
    const page = (globalThis as { document?: Document }).document;
    listen(page, 'visibilitychange', () => changed(false));
    // Node and others have neither the events nor the target.
    const target = globalThis as unknown as EventTarget;
    listen(target, 'online', () => changed(true));
    listen(target, 'offline', () => changed(false));
    // A page that comes out of the back/forward cache has slept.
    listen(target, 'pageshow', () => changed(false));
  }

  /** Whether the page can be seen, if it is one. */
  get visible(): boolean {
    return (globalThis as { document?: Document }).document?.visibilityState !== 'hidden';
  }

  /** Whether there may be a network. */
  get online(): boolean {
    return globalThis.navigator?.onLine !== false;
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
