// Regions, live: servers that answer as `/api/status` does, on origins of their own.

import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { shot, start, toView } from './support/page.mjs';

/** A region whose state the test sets. */
async function region(name) {
  const state = { version: '1.0.0', digest: 'a'.repeat(64), revision: 1, token: undefined };
  const server = createServer((request, response) => {
    const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' };
    if (request.method === 'OPTIONS') return response.writeHead(204, cors).end();
    const allowed = state.token === undefined || request.headers.authorization === `Bearer ${state.token}`;
    if (request.url !== '/api/status' || !allowed) return response.writeHead(allowed ? 404 : 401, cors).end();
    const { version, digest, revision } = state;
    const release = { environment: 'production', project: 'pricing', version, digest, source: `bucket-${name}` };
    const projects = { pricing: { release, age: 3, staleness: 'fresh', error: null, refused: [] } };
    const environments = { production: { ready: true, revision, staleness: 'fresh', source: null, error: null, projects } };
    response.writeHead(200, { ...cors, 'content-type': 'application/json' });
    response.end(JSON.stringify({ ready: true, region: name, version: '0.1.0', environments }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { state, close, origin: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}` };
}

let site, east, west;
before(async () => {
  [site, east, west] = await Promise.all([start(), region('east'), region('west')]);
});
after(() => Promise.all([site?.close(), east?.close(), west?.close()]));

test('regions converge after a publish, and one that goes away is told apart', async () => {
  const { page, watch } = await site.visit({ allowed: [east.origin, west.origin] });
  await toView(page, 'Regions');
  await page.getByLabel('Addresses of evaluators').fill(`${east.origin}\n${west.origin}/`);
  await page.getByText('All regions serve the same releases').waitFor();
  Object.assign(east.state, { version: '1.1.0', digest: 'b'.repeat(64), revision: 2 });
  await page.getByText('Regions serve different releases').waitFor();
  await page.getByRole('region', { name: 'Region east' }).getByText('1.1.0').waitFor();
  await shot(page, 'regions');
  Object.assign(west.state, east.state);
  await page.getByText('All regions serve the same releases').waitFor();
  west.state.token = 'secret';
  await page.getByText('it wants the token of its operators').waitFor();
  await page.getByLabel(/Operators' token/).fill('secret');
  await page.getByText('All regions serve the same releases').waitFor();
  await west.close();
  await page.getByText('it cannot be reached').waitFor();
  watch.clean();
});
