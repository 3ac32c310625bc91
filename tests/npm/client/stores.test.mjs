// A store over fetch: what it sends, and what it makes of what comes back.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { httpStore, StoreFailure } from 'zen-edge';
import { deferred } from '../../support/deferred.mjs';
import { listen } from '../../support/http.mjs';
import { freePorts } from '../../worker/support/processes.mjs';

const request = (more = {}) => ({ maxBytes: 1_000, origin: false, signal: new AbortController().signal, ...more });

/** A server that answers as it is told; `seen` are its requests. */
async function serve(t, answer) {
  const seen = [];
  const { origin, close } = await listen((incoming, response) => {
    seen.push({ method: incoming.method, url: incoming.url, headers: incoming.headers });
    answer(response, incoming);
  });
  t.after(close);
  return { seen, url: origin };
}

describe('a store over fetch', () => {
  test('asks for one object by its encoded key, below its address, with its query', async (t) => {
    const { seen, url } = await serve(t, (response) => response.writeHead(200, { etag: 'W/"1"' }).end('ab'));
    const found = await httpStore(`${url}/a%20b/?sig=x%2By`).get('production/targets/ab.é ?#%/+', request());
    assert.deepEqual({ ...found, bytes: [...found.bytes] }, { status: 'found', bytes: [97, 98], etag: 'W/"1"' });
    assert.deepEqual(seen.map(({ method, url }) => [method, url]), [['GET', '/a%20b/production/targets/ab.%C3%A9%20%3F%23%25/%2B?sig=x%2By']]);
    assert.equal(seen[0].headers['if-none-match'], undefined);
    for (const key of ['', '/a', 'a/', 'a//b', './a', 'a/..', '..', 'a\\b']) await assert.rejects(httpStore(url).get(key, request()), { kind: 'invalid' });
    assert.equal(seen.length, 1);
  });

  test('asks on condition, unless a store made up what cannot be sent', async (t) => {
    const { seen, url } = await serve(t, (response, { headers }) => response.writeHead(headers['if-none-match'] ? 304 : 200, { etag: '"1"' }).end());
    const store = httpStore(url);
    assert.deepEqual(await store.get('a', request({ ifNoneMatch: '"1"' })), { status: 'notModified' });
    for (const etag of ['"1"\r\nX: y', '"é"', '"\0"']) assert.equal((await store.get('a', request({ ifNoneMatch: etag }))).status, 'found');
    assert.deepEqual(seen.map(({ headers }) => headers['if-none-match']), ['"1"', undefined, undefined, undefined]);
  });

  test('a browser that asked on condition by itself is understood', async (t) => {
    const { url } = await serve(t, (response) => response.writeHead(200, { etag: '"1"' }).end('whole'));
    assert.deepEqual(await httpStore(url).get('a', request({ ifNoneMatch: '"1"' })), { status: 'notModified' });
  });

  for (const [status, kind] of [[401, 'denied'], [403, 'denied'], [408, 'timeout'], [413, 'tooLarge'], [418, 'invalid'], [429, 'throttled'], [500, 'unavailable'], [503, 'throttled'], [504, 'timeout'], [206, 'invalid'], [307, 'invalid']]) {
    test(`status ${status} is ${kind}`, async (t) => {
      const { url, seen } = await serve(t, (response) => response.writeHead(status, { 'retry-after': '7', location: '/elsewhere' }).end('a page'));
      const failure = await httpStore(`${url}?s3cret`).get('a', request()).catch((thrown) => thrown);
      assert.ok(failure instanceof StoreFailure);
      assert.deepEqual([failure.kind, failure.retryAfterMillis], [kind, 7_000]);
      assert.doesNotMatch(failure.message, /s3cret|127\.0\.0\.1/);
      assert.equal(seen.length, 1);
    });
  }

  for (const status of [404, 410]) {
    test(`status ${status} is an answer: there is none`, async (t) => {
      const { url } = await serve(t, (response) => response.writeHead(status).end());
      assert.deepEqual(await httpStore(url).get('a', request()), { status: 'missing' });
    });
  }

  test('nobody there, and no such host', async () => {
    const [port] = await freePorts(1);
    const kind = (address) => httpStore(address).get('a', request()).catch((thrown) => thrown.kind);
    assert.equal(await kind(`http://127.0.0.1:${port}`), 'refused');
    assert.equal(await kind('https://nothing.invalid'), 'dns');
  });

  test('no TLS where there should be', async (t) => {
    const { url } = await serve(t, (response) => response.end());
    const failure = await httpStore(url.replace('http:', 'https:')).get('a', request()).catch((thrown) => thrown);
    assert.equal(failure.kind, 'tls');
  });

  test('what is longer than asked for is read no further', async (t) => {
    const left = deferred();
    const { url } = await serve(t, (response) => {
      response.on('close', left.resolve);
      const more = () => response.writable && response.write(Buffer.alloc(1 << 16), more);
      more();
    });
    await assert.rejects(httpStore(url).get('a', request()), { kind: 'tooLarge' });
    await left.promise;
  });

  test('what unpacks to more than asked for is refused, too', async (t) => {
    const { url } = await serve(t, (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100_000))));
    await assert.rejects(httpStore(url).get('a', request()), { kind: 'tooLarge' });
    assert.equal((await httpStore(url).get('a', request({ maxBytes: 100_000 }))).bytes.length, 100_000);
  });

  test('a connection that ends early', async (t) => {
    const { url } = await serve(t, (response) => response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy()));
    await assert.rejects(httpStore(url).get('a', request()), { kind: 'interrupted' });
    const { url: reset } = await serve(t, (response) => response.destroy());
    await assert.rejects(httpStore(reset).get('a', request()), { kind: 'interrupted' });
  });

  test('a request that nobody waits for any more is given up', async (t) => {
    const arrived = deferred();
    const left = deferred();
    const { url } = await serve(t, (response) => {
      response.on('close', left.resolve);
      arrived.resolve();
    });
    const controller = new AbortController();
    const asking = httpStore(url).get('a', request({ signal: controller.signal }));
    await arrived.promise;
    controller.abort();
    await assert.rejects(asking, { kind: 'timeout' });
    await left.promise;
  });
});
