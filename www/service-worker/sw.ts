/**
 * The service worker: keeps what the page is made of, so that it opens without a network. What is not
 * named here (`/api`, other origins, releases) it leaves alone, and keeps nothing of it.
 */

import { PrecacheController, PrecacheRoute, type PrecacheEntry } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { NetworkFirst } from 'workbox-strategies';

// The build puts the list of the page's files in place of this.
declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: PrecacheEntry[] };

/** How long the network has for settings.json before the kept one is taken, in seconds. */
const SETTINGS_PATIENCE = 3;

const { href: settingsUrl } = new URL('settings.json', self.location.href);
const { href: assets } = new URL('assets/', self.location.href);

const files = new PrecacheController();
files.addToCacheList(self.__WB_MANIFEST);
const settings = new NetworkFirst({
  networkTimeoutSeconds: SETTINGS_PATIENCE,
  // That there are none is an answer, too.
  plugins: [{ cacheWillUpdate: async ({ response }) => ([200, 404].includes(response.status) ? response : null) }],
});

// None of the files depends on a query.
registerRoute(new PrecacheRoute(files, { cleanURLs: false, ignoreURLParametersMatching: [/./] }));
registerRoute(({ url }) => url.href === settingsUrl, settings);
// What the version before is made of, for pages that still run it: see `forget`.
registerRoute(
  ({ url }) => url.href.startsWith(assets),
  async ({ request }) => (await caches.match(request)) ?? fetch(request),
);

self.addEventListener('install', (event) => {
  void files.install(event);
  // The page does without where they cannot be had.
  event.waitUntil(Promise.allSettled(settings.handleAll({ event, request: new Request(settingsUrl) })));
});

// The page that brought this worker would otherwise be without it until it is loaded again.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  const { type } = (event.data ?? {}) as { type?: unknown };
  // The user wants the newer version now; Workbox's name for it.
  if (type === 'SKIP_WAITING') void self.skipWaiting();
  if (type === 'FORGET') event.waitUntil(forget(event));
});

/**
 * Removes files of other versions. A page says when it has started; while there are other pages, one of
 * them may run the version before, and a version that is waiting has its files here already.
 */
async function forget(event: ExtendableEvent): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const { installing, waiting } = self.registration;
  if (pages.length <= 1 && !installing && !waiting) await files.activate(event);
}
