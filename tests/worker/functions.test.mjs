// Function nodes that ask others, over the platform's fetch.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { graph } from '../node/documents.mjs';
import { serveBucket } from './support/bucket.mjs';
import { startRegion } from './support/region.mjs';
import { Site } from './support/site.mjs';

const ask = graph('functionNode', {
  source: `import http from 'http';
    export const handler = async (input) => {
      const { status, data } = await http.get(input.url, { headers: { 'x-from': 'a decision' } });
      return { status, data };
    };`,
});

test('requests go to hosts that the configuration names, and redirects are answers', async (t) => {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers['x-from']]);
    if (request.url === '/moved') response.writeHead(302, { location: 'http://localhost:1/' }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"rate":1.25}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const site = await Site.make(t);
  await site.release('rates', '1.0.0', { documents: { 'ask.json': ask } });
  const bucket = await serveBucket(t, site.bucket);
  const variables = {
    ZEN_EDGE_ENVIRONMENT: 'production',
    ZEN_EDGE_TRUSTED_ROOT: site.root,
    ZEN_EDGE_ACCESS: 'open',
    ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }],
  };
  const { port } = server.address();
  const region = await startRegion(t, { ...variables, ZEN_EDGE_HTTP_HOSTS: `127.0.0.1:${port}` });
  const evaluate = (from, url) => from.evaluate('rates', { url }, {}, 'ask.json');
  const allowed = await evaluate(region, `http://127.0.0.1:${port}/rates`);
  assert.deepEqual([allowed.status, allowed.body.result], [200, { status: 200, data: { rate: 1.25 } }], JSON.stringify(allowed.body));
  const moved = await evaluate(region, `http://127.0.0.1:${port}/moved`);
  assert.ok(moved.status === 200 ? moved.body.result.status === 302 : moved.status === 400, JSON.stringify(moved.body));
  assert.deepEqual(asked, [['/rates', 'a decision'], ['/moved', 'a decision']]);
  for (const url of [`http://localhost:${port}/rates`, bucket.url]) assert.equal((await evaluate(region, url)).status, 400);
  const none = await startRegion(t, variables);
  assert.equal((await evaluate(none, `http://127.0.0.1:${port}/rates`)).status, 400);
  assert.equal(asked.length, 2);
});
