// How a client begins and ends, and what its users' callbacks can do to it: nothing.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, mock, test } from 'node:test';
import { promisify } from 'node:util';
import { CompiledBundle } from 'zen-edge';
import { graph } from '../../node/documents.mjs';
import { deferred } from '../../support/deferred.mjs';
import { serveBucket } from '../../worker/support/bucket.mjs';
import { root, scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { ask, follow, followed, next, version } from './support/following.mjs';

describe('a life', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
  });

  test('polls by itself', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const { client } = await followed(t, own, { pollInterval: 1_000 });
    const updated = next(client, 'update');
    await own.release('pricing', '2.0.0');
    assert.equal((await updated).activated.pricing.version, '2.0.0');
    assert.equal(await version(client), '2.0.0');
  });

  test('does not keep a process from ending', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const options = { sources: [bucket.url], environment: 'production', trustedRoot: site.root, pollInterval: 3_600_000 };
    const program = `
      import { createClient } from 'zen-edge';
      const client = await createClient(${JSON.stringify(options)});
      console.log((await client.evaluate('pricing', 'main.json', { a: 1, b: 2 })).result.version);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: `${root}/tests` });
    assert.equal(stdout, '1.0.0\n');
  });

  test('that is closed answers nothing and asks nothing', async (t) => {
    const { bucket, client } = await followed(t, site, { pollInterval: 1_000 });
    await client.close();
    await client.close();
    bucket.reads.length = 0;
    const refused = { name: 'ClientError', code: 'closed' };
    await assert.rejects(ask(client), refused);
    await assert.rejects(client.refresh(), refused);
    assert.throws(() => client.evaluateSync('pricing', 'main.json'), refused);
    assert.throws(() => client.status(), refused);
    assert.equal(client.ready(), false);
    assert.deepEqual(bucket.reads, []);
  });

  test('that is closed gives up what it waits for', async (t) => {
    const { bucket, client } = await followed(t, site);
    const arrived = deferred();
    const left = deferred();
    bucket.fault = (_, response) => {
      response.on('close', left.resolve);
      arrived.resolve();
      return true;
    };
    const refreshing = client.refresh().catch((thrown) => thrown.code);
    await arrived.promise;
    await client.close();
    assert.equal(await refreshing, 'closed');
    await left.promise;
  });

  test('ends with a signal, with `await using`, or before it began', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const controller = new AbortController();
    const client = await follow(t, site, [bucket], { signal: controller.signal });
    assert.equal(client.ready(), true);
    controller.abort();
    await assert.rejects(ask(client), { code: 'closed' });
    await assert.rejects(follow(t, site, [bucket], { signal: controller.signal }), { code: 'closed' });

    const other = await follow(t, site, [bucket]);
    await other[Symbol.asyncDispose]();
    await assert.rejects(ask(other), { code: 'closed' });

    const arrived = deferred();
    bucket.fault = () => (arrived.resolve(), true);
    const late = new AbortController();
    const beginning = follow(t, site, [bucket], { signal: late.signal });
    await arrived.promise;
    late.abort();
    await assert.rejects(beginning, { code: 'closed' });
  });

  test('callbacks that throw break nothing', async (t) => {
    const complaints = mock.method(console, 'error', () => {});
    t.after(() => complaints.mock.restore());
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const heard = [];
    const { client } = await followed(t, own, { onUpdate: async () => { throw new Error('onUpdate'); } });
    client.addEventListener('update', () => { throw new Error('listener'); });
    client.addEventListener('update', { handleEvent: () => Promise.reject(new Error('object')) });
    client.addEventListener('update', ({ type }) => heard.push(type));
    const removed = () => heard.push('removed');
    client.addEventListener('update', removed);
    client.removeEventListener('update', removed);
    await own.release('pricing', '2.0.0');
    const updated = next(client, 'update');
    await client.refresh();
    await updated;
    await new Promise(setImmediate);
    assert.deepEqual(heard, ['update']);
    assert.equal(await version(client), '2.0.0');
    const said = complaints.mock.calls.map(({ arguments: [, thrown] }) => thrown.message);
    assert.deepEqual(said.sort(), ['listener', 'object', 'onUpdate', 'onUpdate']);
  });

  test('a callback may use the client, or close it', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const { client } = await followed(t, own);
    const answered = deferred();
    client.addEventListener('update', async () => {
      answered.resolve(await version(client));
      await client.close();
    });
    await own.release('pricing', '2.0.0');
    // It ends by then, or is given up.
    await client.refresh().catch(({ code }) => assert.equal(code, 'closed'));
    assert.equal(await answered.promise, '2.0.0');
    await assert.rejects(ask(client), { code: 'closed' });
  });

  test('whatever was compiled is disposed, once nothing evaluates it', async (t) => {
    const compiled = mock.method(CompiledBundle, 'compile');
    const disposed = mock.method(CompiledBundle.prototype, 'dispose');
    t.after(() => [compiled, disposed].forEach(({ mock }) => mock.restore()));
    const count = () => [compiled.mock.callCount(), disposed.mock.callCount()];
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const arrived = deferred();
    const held = deferred();
    const node = graph('customNode', { kind: 'wait', config: {} });
    const { client } = await followed(t, own, { customHandler: () => (arrived.resolve(), held.promise) });
    await own.release('pricing', '2.0.0', { documents: { 'wait.json': node } });
    await client.refresh();
    assert.deepEqual(count(), [2, 1]);
    const running = client.evaluate('pricing', 'wait.json', {});
    await arrived.promise;
    const closing = client.close();
    assert.deepEqual(count(), [2, 1]);
    held.resolve({ output: { done: true } });
    assert.equal((await running).result.done, true);
    await closing;
    assert.deepEqual(count(), [2, 2]);
  });

  test('what has expired is served, flagged or refused, as it was asked for', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const [serving, flagging, refusing] = await Promise.all(['serve', 'flag', { onExpired: 'refuse' }].map((staleness) => follow(t, site, [bucket], { staleness })));
    const { timestampExpires } = serving.status().environments.production;
    mock.timers.enable({ apis: ['Date'], now: Date.parse(timestampExpires) + 1_000 });
    t.after(() => mock.timers.reset());
    assert.equal((await ask(serving)).staleness, 'expired');
    assert.equal((await ask(flagging)).staleness, 'expired');
    const refusal = await ask(refusing).catch((thrown) => thrown);
    assert.deepEqual([refusal.code, refusal.release.version], ['expired', '1.0.0']);
    assert.deepEqual([serving.ready(), flagging.ready(), refusing.ready()], [true, false, false]);
  });
});
