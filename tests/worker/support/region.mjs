// A region on plain workerd, started as an operator does.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { folder, freePorts, root, start, until } from './processes.mjs';

const { default: workerd } = createRequire(import.meta.url)('workerd');

/** Starts a region; `variables` are its environment. */
export async function startRegion(t, variables, { cache = folder(t), config = join(root, 'worker/workerd/region.capnp') } = {}) {
  const [port] = await freePorts(1);
  const parameters = ['serve', config, '--socket-addr', `http=127.0.0.1:${port}`, '--directory-path', `cache=${cache}`];
  const environment = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
  const region = start(t, workerd, parameters, { env: { PATH: process.env.PATH, ZEN_EDGE_CACHE: 'folder:CACHE', ...environment } });
  region.url = `http://127.0.0.1:${port}`;
  region.cache = cache;
  await until(async () => (await fetch(`${region.url}/api/health`)).ok, 'workerd answers', region);
  return client(region);
}

/** Adds the calls that tests make to what has a `url`. */
export function client(region) {
  region.fetch = (path, init) => fetch(region.url + path, init);
  region.post = (path, body, headers = {}) => region.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  region.evaluate = async (project, context = { a: 1, b: 2 }, headers = {}, key = 'main.json') => {
    const response = await region.post(`/api/rules/${project}/evaluate/${key}`, { context }, headers);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  region.status = async (token) => (await region.fetch('/api/status', { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).json();
  return region;
}
