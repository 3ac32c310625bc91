// Release zips: what is read, and what is refused.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ReleaseError, openBundle } from 'zen-edge';
import { expressions } from '../../node/documents.mjs';
import { listen } from '../../support/http.mjs';
import { scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { zip } from './support.mjs';

const graph = JSON.stringify(expressions({ sum: 'a + b' }));
const big = '123456789012345678901234567890.5';

describe('a bundle', () => {
  const t = scope();
  let bytes;
  let digest;

  before(async () => {
    const site = await Site.make(t);
    const file = await site.pack('pricing', '1.2.0', {
      'Rates/Main.json': graph,
      'rates/test.json': `{"contentType":"test","filePath":"Rates/Main.json","now":"2026-03-15T09:30:00Z","testCases":[{"id":"c1","name":"one","input":{"a":${big},"b":1},"smoke":true,"output":{"sum":${big}}},{"input":{},"disabled":true,"error":{"type":"x"}}]}`,
      'notes.json': '{"a":1}',
    }, { tokens: ['a-token-of-sixteen-characters'] });
    bytes = new Uint8Array(readFileSync(file));
    digest = createHash('sha256').update(bytes).digest('hex');
  });

  test('says which release it is, and holds its documents', async () => {
    const bundle = await openBundle(bytes, { digest: digest.toUpperCase() });
    assert.deepEqual(bundle.release, {
      environment: null,
      project: 'pricing',
      id: 'pricing-1.2.0',
      version: '1.2.0',
      commit: null,
      digest,
      length: bytes.length,
      deployedAt: null,
    });
    assert.deepEqual(bundle.keys(), ['Rates/Main.json']);
    assert.deepEqual(bundle.files.map(({ path, kind }) => [path, kind]), [
      ['notes.json', 'other'],
      ['Rates/Main.json', 'graph'],
      ['rates/test.json', 'test'],
    ]);
    const json = new TextDecoder().decode(bundle.document('RATES/main.json'));
    assert.deepEqual(JSON.parse(json), JSON.parse(graph));
    assert.equal(bundle.document('absent.json'), undefined);
    assert.deepEqual(bundle.documents().map(([path]) => path), ['Rates/Main.json']);
    assert.deepEqual(bundle.packed(), bytes);
  });

  test('keeps every digit of its test cases, and no token', async () => {
    const bundle = await openBundle(bytes);
    const [document] = bundle.tests();
    assert.deepEqual([document.path, document.filePath, document.now, document.disabled], ['rates/test.json', 'Rates/Main.json', '2026-03-15T09:30:00Z', false]);
    const [first, second] = document.cases;
    assert.deepEqual(first, { id: 'c1', name: 'one', input: `{"a":${big},"b":1}`, disabled: false, smoke: true, expected: { output: `{"sum":${big}}` } });
    assert.deepEqual(second, { input: '{}', disabled: true, smoke: false, expected: { error: '{"type":"x"}' } });
    assert.ok(!JSON.stringify(bundle).includes('a-token'));
  });

  test('comes as bytes, a view, a buffer, a blob, an answer or an address', async () => {
    const { origin, close } = await listen((request, response) => {
      if (request.url === '/cut') response.writeHead(200, { 'content-length': bytes.length }).end(bytes.subarray(0, 10));
      else if (request.url === '/endless') response.writeHead(200).write(bytes);
      else if (request.url === '/absent') response.writeHead(404).end();
      else response.end(bytes);
    });
    t.after(close);
    const address = `${origin}/`;
    const padded = new Uint8Array(bytes.length + 8);
    padded.set(bytes, 3);
    for (const source of [
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      padded.subarray(3, 3 + bytes.length),
      new DataView(padded.buffer, 3, bytes.length),
      new Blob([bytes]),
      new Response(bytes),
      address,
      new URL(address),
    ]) {
      assert.equal((await openBundle(source)).release.digest, digest);
    }
    const kind = (code) => (error) => error instanceof ReleaseError && error.code === code;
    await assert.rejects(openBundle(`${address}absent`), kind('invalid'));
    await assert.rejects(openBundle(`${address}cut`), kind('interrupted'));
    await assert.rejects(openBundle(`${address}endless`, { limits: { bundleBytes: bytes.length - 1 } }), kind('tooLarge'));
    await assert.rejects(openBundle(address, { limits: { bundleBytes: bytes.length - 1 } }), kind('tooLarge'));
    const ended = AbortSignal.abort(new Error('enough'));
    await assert.rejects(openBundle(address, { signal: ended }), { message: 'enough' });
  });

  test('is refused if it is not the one that was asked for, whatever else is wrong with it', async () => {
    const other = digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    for (const wrong of [other, '', 'x'.repeat(1_000_000)]) {
      await assert.rejects(openBundle(bytes, { digest: wrong }), { code: 'digestMismatch' });
    }
    await assert.rejects(openBundle(bytes.subarray(0, 20), { digest }), { code: 'digestMismatch' });
  });
});

test('without an entry, the module is the caller\'s to bring, and asked for until it is there', async () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { initializeReleases, openBundle } from 'zen-edge/slim';
    const tried = async (call) => { try { return await call(); } catch (error) { return error.code ?? error.name; } };
    console.log(await tried(() => openBundle(new Uint8Array())));
    console.log(await tried(() => initializeReleases(new Uint8Array(8))));
    await initializeReleases(readFileSync(process.argv[1]));
    await initializeReleases();
    console.log(await tried(() => openBundle(new Uint8Array())));`;
  const module = fileURLToPath(import.meta.resolve('zen-edge/zen_edge_releases.wasm'));
  const parameters = ['--input-type=module', '-e', script, module];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: import.meta.dirname });
  assert.deepEqual(stdout.trim().split('\n'), ['notInitialized', 'CompileError', 'malformed']);
});

describe('what is refused', () => {
  const bomb = Buffer.alloc(4 * 1024 * 1024, ' ');
  for (const [name, bytes, code, more] of [
    ['nothing', new Uint8Array(), 'malformed'],
    ['no zip', new TextEncoder().encode('<!doctype html>'), 'malformed'],
    ['a zip with something behind it', new Uint8Array([...zip([['a.json', graph]]), 0]), 'malformed'],
    ['a zip that is cut off', zip([['a.json', graph]]).subarray(0, 60), 'malformed'],
    ['a wrong checksum', zip([['a.json', graph, { crc: 1 }]]), 'malformed'],
    ['a size that is too small', zip([['a.json', graph, { size: 3 }]]), 'malformed'],
    ['an encrypted entry', zip([['a.json', graph, { flags: 0x801 }]]), 'unsupported'],
    ['another method', zip([['a.json', graph, { method: 12 }]]), 'unsupported'],
    ['a path that leads out', zip([['../a.json', graph]]), 'unsafePath'],
    ['an absolute path', zip([['/a.json', graph]]), 'unsafePath'],
    ['a link', zip([['a.json', 'b.json', { attributes: 0xa1ff0000 }]]), 'unsafePath'],
    ['two entries of one name', zip([['a.json', graph], ['a.json', graph]]), 'duplicateName'],
    ['two names that differ in case', zip([['a.json', graph], ['A.json', graph]]), 'duplicateName'],
    ['a document that is no JSON', zip([['a.json', '{']]), 'invalidDocument', { path: 'a.json' }],
    ['an unreadable project.json', zip([['.config/project.json', '{'], ['a.json', graph]]), 'invalidIdentity', { path: '.config/project.json' }],
    ['a bomb', zip([['a.json', bomb]]), 'limitExceeded', { limit: 'ratio' }],
    ['deep JSON', zip([['a.json', '['.repeat(1_000) + ']'.repeat(1_000)]]), 'limitExceeded', { limit: 'jsonDepth' }],
    ['too many entries', zip(Array.from({ length: 20_001 }, (_, index) => [`${index}.json`, '1'])), 'limitExceeded', { limit: 'entries' }],
    ['more bytes than a bundle may have', new Uint8Array(16 * 1024 * 1024 + 1), 'limitExceeded', { limit: 'bundleBytes' }],
  ]) {
    test(name, async () => {
      await assert.rejects(openBundle(bytes), (error) => {
        assert.ok(error instanceof ReleaseError, String(error));
        assert.equal(error.code, code, error.message);
        for (const [member, value] of Object.entries(more ?? {})) assert.equal(error[member], value);
        assert.equal(JSON.parse(JSON.stringify(error)).code, code);
        return true;
      });
    });
  }

  test('limits that a user sets hold, and unknown ones are named', async () => {
    const bytes = zip([['a.json', graph], ['b.json', graph]]);
    await assert.rejects(openBundle(bytes, { limits: { documents: 1 } }), { code: 'limitExceeded', limit: 'documents' });
    await assert.rejects(openBundle(bytes, { limits: { document: 1 } }), (error) => error.code === 'invalid' && error.message.includes('document'));
  });

  test('tests in a form that nobody knows are refused when they are asked for', async () => {
    const bundle = await openBundle(zip([['t.json', '{"contentType":"test","testCases":[]}']]));
    assert.throws(() => bundle.tests(), (error) => error instanceof ReleaseError && error.code === 'invalidDocument' && error.path === 't.json');
  });

  test('what was refused leaves the module as it was', async () => {
    for (let index = 0; index < 50; index += 1) {
      await assert.rejects(openBundle(zip([['a.json', bomb]])));
    }
    assert.deepEqual((await openBundle(zip([['a.json', graph]]))).keys(), ['a.json']);
  });
});
