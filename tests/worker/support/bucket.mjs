// A bucket with faults by script: serves a folder as a web server, and as S3 does one bucket.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listen } from '../../support/http.mjs';

/** Serves `folder`; objects are at `/<key>`. `bucket.fault` may answer a request in its place. */
export async function serveBucket(t, folder) {
  const bucket = {
    /** The keys that were asked for, in order. */
    reads: /** @type {string[]} */ ([]),
    /** Headers of the last request. */
    headers: {},
    /** `(key, response) => truthy` if it has answered itself, or will, or never. */
    fault: /** @type {(key: string, response: import('node:http').ServerResponse) => unknown} */ (() => false),
    count: (ending) => bucket.reads.filter((key) => key.endsWith(ending)).length,
  };
  const { port, origin, close } = await listen((request, response) => {
    const url = new URL(request.url ?? '/', 'http://bucket');
    const key = decodeURIComponent(url.pathname).slice(1);
    bucket.reads.push(url.searchParams.has('list-type') ? `?${url.searchParams.get('prefix')}` : key);
    bucket.headers = request.headers;
    if (bucket.fault(key, response)) return;
    if (url.searchParams.has('list-type')) list(folder, url.searchParams.get('prefix') ?? '', response);
    else get(join(folder, key), request, response);
  });
  bucket.port = port;
  bucket.url = `${origin}/`;
  /** No connection is accepted from now on. */
  bucket.close = close;
  t.after(close);
  return bucket;
}

function get(file, request, response) {
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  const bytes = readFileSync(file);
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
  else response.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes);
}

function list(folder, prefix, response) {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const keys = all.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'));
  const contents = keys.sort().map((key) => {
    const bytes = readFileSync(join(folder, key));
    const etag = createHash('md5').update(bytes).digest('hex');
    return `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name><Prefix>${prefix}</Prefix><KeyCount>${keys.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
}
