// Every route, header and error once, through the Worker in plain workerd.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { expressions } from '../node/documents.mjs';
import { serveBucket } from './support/bucket.mjs';
import { scope } from './support/processes.mjs';
import { startRegion } from './support/region.mjs';
import { Site, TOKEN } from './support/site.mjs';

const OPERATOR = 'the-token-of-whoever-operates';

describe('the Worker', () => {
  let site;
  let region;
  let open;
  let closed;

  const t = scope();

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0', { tokens: [TOKEN] });
    await site.release('pricing', '1.1.0', { tokens: [TOKEN], documents: { 'echo.json': expressions({ text: 'text' }), 'rules/deep.json': expressions({ deep: 'a * 2' }), 'large.json': { any: randomBytes(90_000).toString('base64') } } });
    const bucket = await serveBucket(t, site.bucket);
    const variables = {
      ZEN_EDGE_ENVIRONMENT: 'production',
      ZEN_EDGE_TRUSTED_ROOT: site.root,
      ZEN_EDGE_SOURCES: [{ name: 'eu', type: 'https', url: bucket.url }],
      ZEN_EDGE_REGION: 'eu-central',
      ZEN_EDGE_STATUS_TOKEN: OPERATOR,
      ZEN_EDGE_BODY_LIMIT: '128KiB',
    };
    region = await startRegion(t, variables);
    open = await startRegion(t, { ...variables, ZEN_EDGE_ACCESS: 'open', ZEN_EDGE_BUNDLES: 'open', ZEN_EDGE_CORS: 'https://app.example.com', ZEN_EDGE_STATUS_TOKEN: '' });
    closed = await startRegion(t, { ...variables, ZEN_EDGE_STATUS_TOKEN: '' });
  });

  const token = { 'x-access-token': TOKEN };

  test('evaluates on the surface of today', async () => {
    const { status, headers, body } = await region.evaluate('pricing', { a: 1, b: 2 }, token);
    assert.equal(status, 200);
    assert.deepEqual(body.result, { version: '1.1.0', sum: 3 });
    assert.equal(typeof body.performance, 'string');
    assert.equal(headers.get('x-release-id'), 'pricing-1.1.0');
    assert.equal(headers.get('x-release-version'), '1.1.0');
    assert.match(headers.get('x-release-digest'), /^[0-9a-f]{64}$/);
    assert.equal(headers.get('x-release-revision'), '3');
    assert.match(headers.get('x-release-source'), /eu/);
    assert.match(headers.get('x-release-age'), /^\d+$/);
    assert.equal(headers.get('x-release-staleness'), 'fresh');
    assert.equal(headers.get('x-region'), 'eu-central');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('server-timing'), /^eval;dur=/);
    assert.match(headers.get('content-type'), /^application\/json/);
  });

  test('keys have folders, and any case', async () => {
    const { body } = await region.evaluate('pricing', { a: 21 }, token, 'Rules/DEEP.json');
    assert.deepEqual(body.result, { deep: 42 });
  });

  test('traces', async () => {
    const response = await region.post('/api/rules/pricing/evaluate/main.json', { context: { a: 1, b: 2 }, trace: true }, token);
    const { trace } = await response.json();
    assert.equal(Object.keys(trace).length, 3);
  });

  test('evaluates on the older surface', async () => {
    const response = await region.post('/api/projects/pricing/evaluate/main.json', { context: { a: 1, b: 2 } }, token);
    const body = await response.json();
    assert.equal(response.status, 200);
    assert.equal(body.details.releaseId, 'pricing-1.1.0');
    assert.deepEqual(body.result, { version: '1.1.0', sum: 3 });
    const failed = await region.post('/api/projects/pricing/evaluate/absent.json', { context: {} }, token);
    assert.equal(failed.status, 400);
    assert.deepEqual(Object.keys(await failed.json()), ['message']);
  });

  test('describes releases and projects', async () => {
    const openapi = await (await region.fetch('/api/rules/pricing', { headers: token })).json();
    assert.match(openapi.openapi, /^3\./);
    assert.ok(Object.keys(openapi.paths).some((path) => path.includes('main.json')));
    const information = await (await region.fetch('/api/projects/pricing')).json();
    assert.equal(information.release_id, 'pricing-1.1.0');
    const { entrypoints } = await (await region.fetch('/api/projects/pricing/entrypoints', { headers: token })).json();
    assert.deepEqual(entrypoints.map(({ path }) => path).sort(), ['echo.json', 'main.json', 'rules/deep.json']);
  });

  test('health, version, readiness', async () => {
    const health = await region.fetch('/api/health');
    assert.equal(await health.text(), 'healthy');
    assert.equal((await region.fetch('/api/version')).status, 200);
    const ready = await region.fetch('/api/ready');
    assert.deepEqual([ready.status, await ready.json()], [200, { ready: true }]);
  });

  test('answers several decisions at once', async () => {
    const entries = [{ key: 'main.json', context: { a: 1, b: 1 } }, { key: 'absent.json', context: {} }, { key: 'rules/deep.json', context: { a: 4 } }];
    const response = await region.post('/api/rules/pricing/evaluate-batch', { requests: entries }, token);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const { responses } = JSON.parse(text);
    assert.deepEqual(responses.map(({ success }) => success), [true, false, true]);
    assert.deepEqual(responses[2].data.result, { deep: 8 });
  });

  test('pins a release that is in memory, by path and by header', async () => {
    const { headers } = await region.evaluate('pricing', {}, token);
    const digest = headers.get('x-release-digest');
    for (const [path, more] of [[`release/${digest}/`, {}], ['release/1.1.0/', {}], ['', { 'x-release': '1.1.0' }]]) {
      const response = await region.post(`/api/rules/pricing/${path}evaluate/main.json`, { context: { a: 1, b: 2 } }, { ...token, ...more });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-release-digest'), digest);
    }
    const unknown = await region.post('/api/rules/pricing/release/9.9.9/evaluate/main.json', { context: {} }, token);
    assert.equal(unknown.status, 404);
    assert.equal((await unknown.json()).code, 'release.notFound');
  });

  test('lets in who has a token only', async () => {
    for (const headers of [{}, { 'x-access-token': 'another' }, { 'x-access-token': '' }]) {
      const { status, body } = await region.evaluate('pricing', {}, headers);
      assert.deepEqual([status, body.code], [401, 'unauthorized']);
    }
    assert.equal((await region.post('/api/projects/pricing/evaluate/main.json', { context: {} })).status, 401);
    assert.equal((await region.fetch('/api/rules/pricing')).status, 401);
    assert.equal((await open.evaluate('pricing')).status, 200);
  });

  test('names what is wrong with a request', async () => {
    const path = '/api/rules/pricing/evaluate/main.json';
    const wrong = async (response, status, code) => {
      const body = await response.json();
      assert.deepEqual([response.status, body.code], [status, code], JSON.stringify(body));
      return body;
    };
    await wrong(await region.post('/api/rules/absent/evaluate/main.json', { context: {} }, token), 404, 'project.notFound');
    await wrong(await region.post('/api/rules/pricing/evaluate/absent.json', { context: {} }, token), 400, 'documents.invalid');
    await wrong(await region.post(path, '{"context":', token), 400, 'request.invalid');
    await wrong(await region.post(path, '[]', token), 422, 'request.invalid');
    await wrong(await region.post(path, { context: {} }, { ...token, 'content-type': 'text/plain' }), 415, 'request.contentType');
    await wrong(await region.post(path, { context: { long: 'x'.repeat(200_000) } }, token), 413, 'request.tooLarge');
    await wrong(await region.fetch('/api/absent'), 404, 'route.notFound');
    await wrong(await region.fetch('/'), 404, 'route.notFound');
    const method = await region.fetch(path, { method: 'DELETE' });
    assert.equal(method.headers.get('allow'), 'POST, OPTIONS');
    await wrong(method, 405, 'method.notAllowed');
  });

  test('a body that is not UTF-8, or begins with a byte order mark, is refused however long it is', async () => {
    for (const length of [0, 100_000]) {
      const rest = Buffer.from(`","b":2,"long":"${'x'.repeat(length)}"}}`);
      for (const wrong of [[Buffer.from('{"context":{"a":"'), Buffer.from([0xff, 0xfe]), rest], [Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"context":{"a":"'), rest]]) {
        const response = await region.fetch('/api/rules/pricing/evaluate/main.json', { method: 'POST', headers: { 'content-type': 'application/json', ...token }, body: Buffer.concat(wrong) });
        assert.deepEqual([response.status, (await response.json()).code], [400, 'request.invalid']);
      }
    }
    const text = 'é \ufffd 😀';
    const response = await region.evaluate('pricing', { text }, token, 'echo.json');
    assert.deepEqual(response.body.result, { text });
  });

  test('a body without a length is read as far as the limit', async () => {
    const send = (size) => new Promise((resolve, reject) => {
      const call = httpRequest(`${region.url}/api/rules/pricing/evaluate/main.json`, { method: 'POST', headers: { 'content-type': 'application/json', ...token } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject);
      call.write('{"context":{"a":1,"b":2,"long":"');
      for (let sent = 0; sent < size; sent += 1000) call.write('x'.repeat(1000));
      call.end('"}}');
    });
    assert.equal(await send(100_000), 200);
    assert.equal(await send(200_000), 413);
  });

  test('HEAD and OPTIONS', async () => {
    const head = await region.fetch('/api/health', { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    const options = await region.fetch('/api/rules/pricing/evaluate/main.json', { method: 'OPTIONS' });
    assert.deepEqual([options.status, options.headers.get('allow')], [204, 'POST, OPTIONS']);
  });

  test('web pages of configured origins only', async () => {
    const ask = async (from, origin) => (await from.evaluate('pricing', {}, { origin })).headers.get('access-control-allow-origin');
    assert.equal(await ask(open, 'https://app.example.com'), 'https://app.example.com');
    assert.equal(await ask(open, 'https://other.example.com'), null);
    assert.equal(await ask(region, 'https://app.example.com'), null);
    const preflight = await open.fetch('/api/rules/pricing/evaluate/main.json', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-methods'), /POST/);
  });

  test('the status is for who has its token', async () => {
    assert.equal((await region.fetch('/api/status')).status, 401);
    assert.equal((await region.fetch('/api/status', { headers: { authorization: 'Bearer wrong' } })).status, 401);
    const status = await region.status(OPERATOR);
    assert.equal(status.region, 'eu-central');
    assert.equal(status.environments.production.projects.pricing.release.version, '1.1.0');
    assert.equal((await open.status()).ready, true);
    const refresh = (headers) => region.fetch('/api/refresh', { method: 'POST', headers });
    assert.equal((await refresh({})).status, 401);
    assert.equal((await refresh({ authorization: `Bearer ${OPERATOR}` })).status, 200);
    assert.equal((await open.fetch('/api/refresh', { method: 'POST' })).status, 404);
  });

  test('a bundle is given as it was published, to operators or as configured', async () => {
    const path = '/api/rules/pricing/bundle';
    const published = readFileSync(join(site.folder, 'pricing-1.1.0.zip'));
    const digest = createHash('sha256').update(published).digest('hex');
    // Large enough to be handed over as bytes, and with bytes that are no text.
    assert.ok(published.length > 65536);
    const operator = { authorization: `Bearer ${OPERATOR}` };
    for (const [from, headers] of [[region, operator], [open, {}]]) {
      const response = await from.fetch(path, { headers });
      assert.equal(response.status, 200);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(published));
      assert.equal(response.headers.get('content-type'), 'application/zip');
      assert.equal(response.headers.get('etag'), `"${digest}"`);
      assert.equal(response.headers.get('content-disposition'), 'attachment; filename="pricing-1.1.0.zip"');
      assert.equal(response.headers.get('x-release-digest'), digest);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      const pinned = await from.fetch(`/api/rules/pricing/release/${digest}/bundle`, { headers });
      assert.ok(Buffer.from(await pinned.arrayBuffer()).equals(published));
      const head = await from.fetch(path, { method: 'HEAD', headers });
      assert.deepEqual([head.status, head.headers.get('content-length'), head.headers.get('etag')], [200, String(published.length), `"${digest}"`]);
      const known = await from.fetch(path, { headers: { ...headers, 'if-none-match': `"${digest}"` } });
      assert.deepEqual([known.status, await known.text(), known.headers.get('etag')], [304, '', `"${digest}"`]);
    }
    const status = await region.status(OPERATOR);
    assert.equal(status.environments.production.projects.pricing.release.digest, digest);
    for (const headers of [{}, token, { authorization: 'Bearer wrong' }]) assert.equal((await region.fetch(path, { headers })).status, 401);
    assert.equal((await region.fetch('/api/rules/pricing/release/9.9.9/bundle', { headers: operator })).status, 404);
    const page = await open.fetch(path, { headers: { origin: 'https://app.example.com' } });
    assert.equal(page.headers.get('access-control-allow-origin'), 'https://app.example.com');
    const method = await open.fetch(path, { method: 'POST' });
    assert.deepEqual([method.status, method.headers.get('allow')], [405, 'GET, HEAD, OPTIONS']);
    // Nobody operates it, so nobody may have bundles.
    const absent = await closed.fetch(path, { headers: operator });
    assert.deepEqual([absent.status, (await absent.json()).code], [404, 'route.notFound']);
  });

  test('a trace context is passed on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await region.evaluate('pricing', {}, { ...token, traceparent });
    const answered = [...headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    assert.match(answered, /0af7651916cd43dd8448eb211c80319c/);
  });

  test('no answer and no line of the log has a secret', async () => {
    for (const secret of [TOKEN, OPERATOR]) assert.ok(!region.log.includes(secret));
    const status = JSON.stringify(await region.status(OPERATOR));
    for (const secret of [TOKEN, OPERATOR]) assert.ok(!status.includes(secret));
  });
});
