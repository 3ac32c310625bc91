/** Keeping the page for use without a network, and taking over a newer version of it. */

import { create } from 'zustand';
import { handOver } from '../state/handover';

/** Whether the page opens without a network: not yet, yes, or never here. */
export type Kept = 'saving' | 'ready' | 'unavailable';

interface State {
  kept: Kept;
  /** A newer version of the page is there, and begins with the next reload. */
  newer: boolean;
}

/** Milliseconds between two looks for a newer version, in a page that stays open. */
const RHYTHM = 60 * 60 * 1000;

/** What is known. */
export const useOffline = create<State>(() => ({ kept: 'saving', newer: false }));

/**
 * Starts the service worker, which then fetches the whole page in the background: call it once the page
 * is usable. Without service workers (plain http, some private windows) the page goes on without one.
 */
export async function keep(): Promise<void> {
  try {
    const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
    if (!serviceWorker) throw new Error('there are no service workers here');
    let controlled = serviceWorker.controller !== null;
    const { Workbox } = await import('workbox-window');
    const worker = new Workbox('./sw.js');
    const failed = new Promise<never>((_, reject) => {
      worker.addEventListener('redundant', () => reject(new Error('the page could not be kept')));
    });
    worker.addEventListener('waiting', () => useOffline.setState({ newer: true }));
    worker.addEventListener('controlling', () => {
      // Another tab took the newer version. This page goes on with its own files until it is reloaded.
      if (controlled) useOffline.setState({ newer: true });
      controlled = true;
    });
    const registration = await worker.register();
    setInterval(() => void worker.update().catch(() => undefined), RHYTHM);
    await Promise.race([serviceWorker.ready, failed]);
    useOffline.setState({ kept: 'ready' });
    registration?.active?.postMessage({ type: 'FORGET' });
  } catch {
    useOffline.setState({ kept: 'unavailable' });
  }
}

/** Reloads into the newer version, with everything that is open. @throws Error if that cannot be kept */
export async function takeNewer(): Promise<void> {
  await handOver();
  const { serviceWorker } = navigator;
  const waiting = (await serviceWorker.getRegistration())?.waiting;
  if (!waiting) return location.reload();
  serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting.postMessage({ type: 'SKIP_WAITING' });
}
