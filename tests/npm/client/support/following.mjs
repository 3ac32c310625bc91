// A client over a bucket that misbehaves as told.

import { once } from 'node:events';
import { createClient } from 'zen-edge';
import { serveBucket } from '../../../worker/support/bucket.mjs';

/**
 * A client that polls only when told to, unless `options` say otherwise; it is closed at the end. Buckets
 * are called `region-0` and so on.
 */
export async function follow(t, site, sources, options = {}) {
  const client = await createClient({
    sources: sources.map((source, index) => (source.reads ? { name: `region-${index}`, url: source.url } : source)),
    environment: site.environment,
    trustedRoot: site.root,
    pollInterval: 0,
    ...options,
  });
  t.after(() => client.close());
  return client;
}

/** A client and the one bucket that it follows. */
export async function followed(t, site, options) {
  const bucket = await serveBucket(t, site.bucket);
  return { bucket, client: await follow(t, site, [bucket], options) };
}

/** What `main.json` of a site's release answers. */
export const ask = (client, project = 'pricing') => client.evaluate(project, 'main.json', { a: 1, b: 2 });

/** The version that answers. */
export const version = async (client, project) => (await ask(client, project)).result.version;

/** The next event of this name: what it tells. */
export async function next(client, name) {
  const [event] = await once(client, name);
  return event.detail;
}
