// A Web Worker that follows what its page tells it to.

import { createClient } from './zen-edge/web.js';

// A module's imports may await, and what was posted before that would be lost.
postMessage('ready');

addEventListener('message', async ({ data: options }) => {
  const client = await createClient(options);
  const { result, release } = await client.evaluate('pricing', 'main.json', { a: 1, b: 2 });
  const environment = () => client.status().environments.production;
  // A page leads already.
  while (environment().tabs.role !== 'follower') await new Promise((resolve) => client.addEventListener('status', resolve, { once: true }));
  const { cache, tabs } = environment();
  postMessage({ version: result.version, origin: release.origin, cache: cache.kind, role: tabs.role });
});
