// The replicator in real workerd.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Publisher, QUEUE, TOKEN, World, notification } from './support/world.mjs';

const POINTER = 'rules/production/metadata/timestamp.json';

/// What the pointer leads to: what a copy as a whole consists of.
function current(objects) {
  return new Map([...objects].filter(([key]) => !/\/1\.(snapshot|targets)\.json$/.test(key)));
}

function same(found, expected) {
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  assert.deepEqual(found, expected);
}

test('events bring releases to every destination, in any order, and twice', async (t) => {
  const publishers = [new Publisher(t), new Publisher(t, 'staging')];
  for (const publisher of publishers) publisher.publish('pricing', '1');
  const world = await World.start(t, publishers);
  const events = (await Promise.all(publishers.map((publisher) => world.put(publisher.written())))).flat();
  // Through the queue's simulator, in batches of its choice, each message twice.
  await world.events.sendBatch([...events, ...events].map((body) => ({ body })));
  const source = await world.objects('EU');
  for (const bucket of ['US', 'ASIA']) {
    await world.until(`${bucket} is complete`, async () => (await world.objects(bucket)).size === source.size);
    same(await world.objects(bucket), source);
  }
  publishers[0].rotateRoot();
  publishers[0].publish('pricing', '2');
  publishers[0].publish('billing', '1');
  const { outcome, ends } = await world.deliver(await world.put(publishers[0].written()));
  assert.equal(outcome, 'ok');
  assert.ok(ends.every((end) => end === 'ack'), ends.join());
  const newer = await world.objects('EU');
  assert.ok(newer.size > source.size);
  assert.ok([...newer.keys()].some((key) => key.endsWith('/2.root.json')));
  same(await world.objects('US'), newer);
  same(await world.objects('ASIA'), newer);
  const { status, body } = await world.status();
  assert.equal(status, 200);
  const { now, copies } = body;
  assert.ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
  assert.deepEqual(copies.map(({ environment, destination }) => `${environment} ${destination}`), ['production US', 'production ASIA', 'staging US', 'staging ASIA']);
  for (const copy of copies) {
    assert.equal(copy.revision, copy.sourceRevision);
    assert.deepEqual([copy.lagSeconds, copy.missing, copy.error], [0, 0, null]);
    assert.equal(copy.releases, copy.environment === 'production' ? 2 : 1);
  }
  assert.deepEqual((await world.letters.list()).objects, []);
  assert.ok(!world.logged.some((line) => line.includes('METRICS')), 'data points are taken');
});

test('what is not there yet is tried again, later each time, and nothing points to it before', async (t) => {
  const publisher = new Publisher(t);
  publisher.publish('pricing', '1');
  const world = await World.start(t, [publisher]);
  const objects = publisher.written();
  const late = objects.find(([key]) => key.includes('/targets/'));
  const events = await world.put(objects.filter((object) => object !== late));
  const waits = [];
  for (const attempts of [1, 2, 3, 12]) {
    const { ends } = await world.deliver(events, attempts);
    assert.equal(new Set(ends).size, 1);
    waits.push(ends[0]);
  }
  assert.deepEqual(waits, [5, 10, 20, 900]);
  for (const bucket of ['US', 'ASIA']) assert.equal(await world[bucket].head(POINTER), null);
  const before = (await world.status()).body.copies[0];
  assert.deepEqual([before.sourceRevision, before.revision, before.releases, before.missing], [2, null, 1, 1]);
  assert.ok(before.lagSeconds >= 0);
  await world.put([late]);
  // The bundle alone is safe to copy; the rest follows when its messages come again.
  assert.deepEqual((await world.deliver([notification(late[0])])).ends, ['ack']);
  assert.ok(await world.US.head(late[0]));
  assert.equal(await world.US.head(POINTER), null);
  assert.deepEqual(new Set((await world.deliver(events, 13)).ends), new Set(['ack']));
  same(await world.objects('US'), await world.objects('EU'));
});

test('what will not go better is put aside with its reason, and the rest is not held up', async (t) => {
  const publisher = new Publisher(t);
  publisher.publish('pricing', '1');
  const world = await World.start(t, [publisher]);
  const events = await world.put(publisher.written());
  await world.US.put(POINTER, 'somebody else was here');
  const digest = 'ab'.repeat(32);
  const false_ = `rules/production/targets/${digest}.pricing`;
  const large = `rules/production/targets/${'cd'.repeat(32)}.pricing`;
  await world.EU.put(false_, 'not what its name says');
  await world.EU.put(large, new Uint8Array(16 * 1024 * 1024 + 1));
  const foreign = [
    notification('rules/production/pricing'),
    notification('elsewhere/production/metadata/timestamp.json'),
    notification(`rules/production/targets/${'ef'.repeat(32)}.gone`),
    notification(POINTER, 'DeleteObject'),
  ];
  const pointer = events.find(({ object }) => object.key === POINTER);
  const { ends } = await world.deliver([pointer, notification(false_), notification(large), { hello: 1 }, ...foreign]);
  assert.deepEqual(ends, Array(8).fill('ack'));
  const letters = await world.putAside(4);
  const reasons = new Map(letters.map(({ error, message }) => [message.object?.key ?? 'none', error]));
  assert.equal(reasons.get(POINTER).kind, 'untrusted');
  assert.match(reasons.get(POINTER).message, /^US: /);
  assert.equal(reasons.get(false_).kind, 'untrusted');
  assert.equal(reasons.get(large).kind, 'tooLarge');
  assert.match(reasons.get(large).message, /16777217 bytes; at most 16777216/);
  assert.equal(reasons.get('none').kind, 'invalid');
  for (const letter of letters) assert.deepEqual([letter.attempts, typeof letter.at], [1, 'string']);
  assert.equal(await world.US.head(false_), null);
  assert.equal(await (await world.US.get(POINTER)).text(), 'somebody else was here');
  assert.ok(await world.ASIA.head(POINTER));
  const [us, asia] = (await world.status()).body.copies;
  assert.deepEqual([us.revision, us.lagSeconds, us.error.kind], [null, null, 'untrusted']);
  assert.deepEqual([asia.revision, asia.error], [2, null]);
  const batch = world.logged.map((line) => /\{"index":"batch".*\}/.exec(line)?.[0]).filter(Boolean);
  // Messages, done, tried again, put aside, objects copied, gone (in either destination), ignored.
  assert.deepEqual(JSON.parse(batch.at(-1)).doubles, [8, 4, 0, 4, 0, 2, 3]);
});

test('without a queue for them, dead letters are delivered again', async (t) => {
  const world = await World.start(t, [new Publisher(t)], {}, { queueProducers: {} });
  assert.deepEqual((await world.deliver(['no notification'])).ends, [60]);
});

test('a Cron Trigger finds what no message told, and repairs what was lost', async (t) => {
  const publisher = new Publisher(t);
  publisher.publish('pricing', '1');
  const world = await World.start(t, [publisher]);
  await world.put(publisher.written());
  assert.equal((await world.worker.scheduled({ cron: '*/5 * * * *' })).outcome, 'ok');
  const source = current(await world.objects('EU'));
  same(await world.objects('US'), source);
  const [content] = [...source.keys()].filter((key) => key.includes('/targets/'));
  await world.US.delete(content);
  await world.ASIA.put(content, 'damaged');
  assert.equal((await world.status()).body.copies[0].missing, 1);
  assert.equal((await world.worker.scheduled({ cron: '*/5 * * * *' })).outcome, 'ok');
  same(await world.objects('US'), source);
  same(await world.objects('ASIA'), source);
  // A source that was put back takes nobody back, and a failure is one for the platform too.
  const old = await (await world.EU.get(POINTER)).arrayBuffer();
  publisher.publish('pricing', '2');
  await world.put(publisher.written());
  assert.equal((await world.worker.scheduled({ cron: '*/5 * * * *' })).outcome, 'ok');
  await world.EU.put(POINTER, old);
  assert.equal((await world.worker.scheduled({ cron: '*/5 * * * *' })).outcome, 'ok');
  const copy = (await world.status()).body.copies[0];
  assert.deepEqual([copy.sourceRevision, copy.revision, copy.lagSeconds], [2, 3, 0]);
  await world.EU.put(POINTER, 'not signed');
  assert.equal((await world.worker.scheduled({ cron: '*/5 * * * *' })).outcome, 'exception');
});

test('the status is for who has the token, and nobody is told what is wrong with the configuration', async (t) => {
  const publisher = new Publisher(t);
  const world = await World.start(t, [publisher]);
  assert.equal((await world.status(undefined)).status, 200);
  for (const token of ['', `${TOKEN}x`, 'x']) assert.equal((await world.status(token)).status, 401);
  const health = await fetch(`${world.url}/health`);
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }]);
  assert.equal((await fetch(`${world.url}/`)).status, 404);
  assert.equal((await fetch(`${world.url}/status`, { method: 'POST' })).status, 405);

  const broken = await World.start(t, [publisher], { ZEN_EDGE_DESTINATIONS: 'US,MARS', ZEN_EDGE_STATUS_TOKEN: '' }, { queueConsumers: { [QUEUE]: { maxBatchTimeout: 0.1, maxRetries: 1, deadLetterQueue: 'failed' } } });
  assert.equal((await broken.status('')).status, 401);
  const sick = await fetch(`${broken.url}/health`);
  assert.deepEqual([sick.status, await sick.json()], [503, { status: 'misconfigured' }]);
  const { outcome } = await broken.deliver([notification(POINTER)]);
  assert.equal(outcome, 'exception');
  await broken.until('the log names the variable', () => broken.logged.some((line) => line.includes('ZEN_EDGE_DESTINATIONS names `MARS`')));
  // Then it is the platform's own dead letter queue that keeps the message.
  await broken.events.send(notification(POINTER));
  assert.equal((await broken.putAside(1))[0].object.key, POINTER);
});

test('an instance that has died has a successor', async (t) => {
  const dying = (text) => text.replace('call(serving())', '(serving(), (globalThis.events = (globalThis.events ?? 0) + 1) === 1 ? Promise.reject(new WebAssembly.RuntimeError("unreachable")) : call(serving()))');
  const publisher = new Publisher(t);
  const world = await World.start(t, [publisher], {}, {}, dying);
  await world.put(publisher.written());
  assert.equal((await world.deliver([notification(POINTER)])).outcome, 'exception');
  assert.deepEqual((await world.deliver([notification(POINTER)])).ends, ['ack']);
  assert.ok(await world.US.head(POINTER));
});
