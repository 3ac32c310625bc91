// Regions for the page: the built Worker in workerd with a bucket of its own, and evaluators that say
// what a test wants, for faults that the Worker does not have.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { listen } from '../../../tests/support/http.mjs';
import { serveBucket } from '../../../tests/worker/support/bucket.mjs';
import { folder } from '../../../tests/worker/support/processes.mjs';
import { startRegion } from '../../../tests/worker/support/region.mjs';

/** A region of `publisher`, with a copy of its bucket; `pages` is the origin whose pages may ask. */
export async function startCopy(t, name, publisher, pages, variables = {}) {
  const copy = folder(t);
  /** Brings the copy up to date: content first, pointer last. */
  const replicate = () => {
    const isPointer = (path) => path.endsWith('timestamp.json');
    cpSync(publisher.bucket, copy, { recursive: true, filter: (path) => !isPointer(path) });
    const pointer = join(publisher.environment, 'metadata/timestamp.json');
    cpSync(join(publisher.bucket, pointer), join(copy, pointer));
  };
  replicate();
  const bucket = await serveBucket(t, copy);
  const region = await startRegion(t, {
    ZEN_EDGE_ENVIRONMENT: publisher.environment,
    ZEN_EDGE_TRUSTED_ROOT: publisher.root,
    ZEN_EDGE_SOURCES: [{ name: `bucket-${name}`, type: 'https', url: bucket.url }],
    ZEN_EDGE_REGION: name,
    ZEN_EDGE_ACCESS: 'open',
    ZEN_EDGE_CORS: pages,
    ZEN_EDGE_POLL_INTERVAL: '500ms',
    ...variables,
  });
  return Object.assign(region, { bucket, replicate });
}

/** The status of an evaluator that serves one project. */
export function status({ region = 'fake', project = 'pricing', digest = 'a'.repeat(64), version = '1.0.0', trust = 'tuf' } = {}) {
  const release = { environment: 'production', project, version, digest, source: `bucket-${region}`, trust };
  const projects = { [project]: { release, age: 3, staleness: 'fresh', error: null, refused: [] } };
  const environments = { production: { ready: true, revision: 7, staleness: 'fresh', source: null, error: null, projects } };
  return { ready: true, region, version: '0.1.0', environments };
}

/**
 * Starts an evaluator that answers what `answers` says, by path: a status and a body, a function of
 * request and response, or nothing, which is a 404 as of an evaluator that has no such path.
 */
export async function fakeEvaluator(t) {
  const fake = {
    answers: /** @type {Record<string, any>} */ ({}),
    /** The paths that were asked for, with their authorization. */
    asked: /** @type {[path: string, authorization: string | undefined][]} */ ([]),
  };
  const { origin, close } = await listen((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*, authorization');
    response.setHeader('access-control-expose-headers', '*');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    const path = request.url ?? '/';
    fake.asked.push([path, request.headers.authorization]);
    const answer = fake.answers[path] ?? [404, { code: 'route.notFound', details: 'there is nothing at this path' }];
    if (typeof answer === 'function') return answer(request, response);
    const [code, body, headers = {}] = answer;
    response.writeHead(code, headers).end(Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body));
  });
  t.after(close);
  return Object.assign(fake, { url: origin, close });
}

/** Gives the Regions view these addresses, and a token. */
export async function follow(page, regions, token) {
  await page.getByLabel('Addresses of evaluators').fill(regions.map(({ url }) => url).join('\n'));
  if (token !== undefined) await page.getByLabel(/Operators' token/).fill(token);
  await page.getByRole('button', { name: 'Follow' }).click();
}

/** What the view shows of a region. */
export const region = (page, name) => page.getByRole('region', { name: `Region ${name}`, exact: true });
