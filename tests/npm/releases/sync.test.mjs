// The sync client in JavaScript, against environments that the real publisher wrote.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { StoreFailure } from 'zen-edge';
import { Refusal, SyncClient } from '../../../wasm/dist/releases/sync.js';
import { folder, scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { FolderStore, MemoryCache, Notes } from './support.mjs';

const DAY = 24 * 60 * 60 * 1000;

/** Options that make no test wait: one attempt, and the next source at once. */
const PROMPT = { retry: { attempts: 1 }, failover: { hedgeAfterMillis: 10_000 } };

/** A client of a site, and what it talks to. */
async function follow(site, { store = new FolderStore(site.bucket), notes = new Notes(), sources, ...options } = {}) {
  const client = await SyncClient.create({
    environment: site.environment,
    trust: { kind: 'tuf', trustedRoot: site.root },
    sources: sources ?? [{ name: 'near', store }],
    ...PROMPT,
    ...options,
  }, notes);
  return { client, store, notes };
}

/** A copy of a bucket as it is now: what a replica that stands still has. */
function copy(t, site) {
  const replica = folder(t);
  cpSync(site.bucket, replica, { recursive: true });
  return replica;
}

/** Moves the host's clock for as long as a test runs. */
function at(t, millis) {
  const { now } = Date;
  Date.now = () => now() + millis;
  t.after(() => { Date.now = now; });
}

describe('a client', () => {
  const t = scope();
  let site;
  /** The bucket before the second release. */
  let older;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    older = copy(t, site);
    await site.release('pricing', '2.0.0');
    await site.release('credit', '1.0.0');
  });

  test('brings what is announced, says so, and asks for nothing twice', async () => {
    const { client, store, notes } = await follow(site);
    assert.equal(client.status().ready, false);
    assert.equal(client.wait(), 0);
    const report = await client.refresh('due');
    const revision = report.revision;
    assert.deepEqual(report, { outcome: 'updated', revision, error: null, projects: {} });
    assert.deepEqual(notes.versions(), { credit: '1.0.0', pricing: '2.0.0' });
    assert.equal(notes.swaps.length, 1, 'all of it in one swap');

    const { release } = notes.active.pricing;
    assert.deepEqual([release.environment, release.project, release.trust, release.origin, release.source, release.revision], ['production', 'pricing', 'tuf', 'source', 'near', revision]);
    assert.deepEqual(notes.active.pricing.keys(), ['main.json']);
    assert.equal(notes.active.pricing.packed().length, release.length);

    const status = client.status();
    assert.equal(status.ready, true);
    assert.equal(status.staleness, 'fresh');
    assert.deepEqual([status.revision, status.source, status.error], [revision, 'near', null]);
    assert.deepEqual(status.projects.pricing.release, release);
    assert.deepEqual(status.sources, [{ name: 'near', state: 'closed', consecutiveFailures: 0, lastError: null }]);
    assert.equal(client.age('pricing').staleness, 'fresh');
    assert.equal(client.age('absent'), undefined);

    assert.equal((await client.refresh('due')).outcome, 'notDue');
    assert.ok(client.wait() > 0);
    store.reads.length = 0;
    assert.equal((await client.refresh()).outcome, 'unchanged');
    assert.deepEqual(store.reads, ['production/metadata/timestamp.json']);
    client.dispose();
  });

  test('serves the projects that are listed, and is ready with all of them only', async () => {
    const { client, notes } = await follow(site, { projects: ['pricing', 'absent'] });
    await client.refresh();
    assert.deepEqual(notes.versions(), { pricing: '2.0.0' });
    const status = client.status();
    assert.equal(status.ready, false);
    assert.equal(status.projects.absent.release, null);
  });

  test('refuses a rollback, and goes on serving what it has', async () => {
    const store = new FolderStore(site.bucket);
    const { client, notes } = await follow(site, { store });
    const { revision } = await client.refresh();
    store.folder = older;
    const report = await client.refresh();
    assert.deepEqual([report.outcome, report.error.kind, report.error.source, report.revision], ['failed', 'rollback', 'near', revision]);
    assert.equal(notes.versions().pricing, '2.0.0');
    assert.equal(client.status().error.kind, 'rollback');
  });

  test('refuses a rollback after a restart, by what the cache remembers', async () => {
    const cache = new MemoryCache();
    await (await follow(site, { cache })).client.refresh();
    const { client, notes } = await follow(site, { cache, store: new FolderStore(older) });
    assert.equal((await client.refresh()).error.kind, 'rollback');
    assert.deepEqual(notes.versions(), { credit: '1.0.0', pricing: '2.0.0' });
  });

  test('refuses a rollback below the floor that was deployed, without any memory', async () => {
    const trust = { kind: 'tuf', trustedRoot: new TextEncoder().encode(site.root), revisionFloor: 3 };
    const { client, notes } = await follow(site, { trust, store: new FolderStore(older) });
    assert.equal((await client.refresh()).error.kind, 'rollback');
    assert.deepEqual(notes.versions(), {});
  });

  test('notices a freeze: what has expired is served, and says so, as the policy wants it', async (t) => {
    const { client, notes } = await follow(site, { staleness: { onExpired: 'flag' } });
    await client.refresh();
    at(t, 400 * DAY);
    await client.refresh();
    const status = client.status();
    assert.deepEqual([status.ready, status.staleness], [false, 'expired']);
    assert.equal(client.age('pricing').staleness, 'expired');
    assert.equal(notes.versions().pricing, '2.0.0');
    // Where nothing else is there, what has expired is better than nothing, and says so as well.
    const late = await follow(site, { staleness: { onExpired: 'flag' } });
    await late.client.refresh();
    const found = late.client.status();
    assert.deepEqual([found.ready, found.staleness, late.notes.versions().pricing], [false, 'expired', '2.0.0']);
  });

  test('refuses bytes that are not those announced, asks the next source, and says who lied', async () => {
    const lying = new FolderStore(site.bucket);
    lying.fault = (key) => key.includes('/targets/') && { status: 'found', bytes: new Uint8Array(10) };
    const sources = [{ name: 'near', store: lying }, { name: 'far', store: new FolderStore(site.bucket) }];
    const { client, notes } = await follow(site, { sources });
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.equal(notes.active.pricing.release.source, 'far');
    const [near, far] = client.status().sources;
    assert.deepEqual([near.lastError.kind, far.lastError], ['invalid', null]);
  });

  test('starts offline from what the cache kept, and verifies it again', async () => {
    const cache = new MemoryCache();
    await (await follow(site, { cache })).client.refresh();
    const down = new FolderStore(site.bucket);
    down.fault = () => { throw new StoreFailure('refused', 'nobody is there'); };
    const { client, notes } = await follow(site, { cache, store: down });
    await client.load();
    assert.deepEqual(notes.versions(), { credit: '1.0.0', pricing: '2.0.0' });
    assert.equal(notes.active.pricing.release.origin, 'lastKnownGood');
    assert.deepEqual(down.reads, []);
    const report = await client.refresh();
    assert.deepEqual([report.outcome, report.error.kind, report.error.source], ['failed', 'refused', 'near']);
    assert.equal(client.status().ready, true);

    for (const [key, bytes] of cache.entries) {
      if (key.includes('/bundles/')) cache.entries.set(key, bytes.map((byte) => byte ^ 1));
    }
    const damaged = await follow(site, { cache, store: down });
    await damaged.client.load();
    assert.deepEqual(damaged.notes.versions(), {});
  });

  test('goes on without a cache that fails, lies or hangs', async () => {
    const failing = { get: async () => { throw new Error('quota'); }, put: async () => { throw new Error('quota'); }, delete: async () => { throw new Error('quota'); } };
    const lying = { get: async () => 'text', put: async () => {}, delete: async () => {} };
    const endless = { get: async () => new Uint8Array(64 * 1024 * 1024), put: async () => {}, delete: async () => {} };
    const hanging = { get: () => new Promise(() => {}), put: () => new Promise(() => {}), delete: () => new Promise(() => {}) };
    const broken = { get() { throw new Error('at once'); } };
    for (const cache of [failing, lying, endless, hanging, broken]) {
      const { client, notes } = await follow(site, { cache, cacheDeadlineMillis: 20 });
      assert.equal((await client.refresh()).outcome, 'updated');
      assert.equal(notes.versions().pricing, '2.0.0');
    }
  });

  test('serves what was baked in until something newer is there', async () => {
    await site.run('bake', site.address, '-o', 'baked.zip', '--root', 'root.json');
    const bakedIn = new Uint8Array(readFileSync(join(site.folder, 'baked.zip')));
    const { client, notes } = await follow(site, { bakedIn, sources: [] });
    await client.load();
    assert.equal(notes.active.pricing.release.origin, 'bakedIn');
    assert.equal(notes.versions().pricing, '2.0.0');
    await assert.rejects(follow(site, { bakedIn: bakedIn.subarray(0, 100) }), { code: 'bundleInvalid' });
  });

  test('behind a cache that clients share, a source is asked once', async () => {
    const cache = new MemoryCache();
    const store = new FolderStore(site.bucket);
    const clients = [];
    for (let index = 0; index < 3; index += 1) clients.push(await follow(site, { cache, store, edgeCache: {} }));
    const outcomes = [];
    for (const { client } of clients) outcomes.push((await client.refresh()).outcome);
    assert.deepEqual(outcomes, ['updated', 'unchanged', 'unchanged'], 'the others begin with what the first one kept');
    for (const { notes } of clients) assert.equal(notes.versions().pricing, '2.0.0');
    const polls = store.reads.filter((key) => key.endsWith('timestamp.json'));
    assert.equal(polls.length, 1);
  });
});

describe('a release that an activator refuses', () => {
  test('leaves the old one active, is named, and is not prepared again', async (t) => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const { client, notes } = await follow(site);
    await client.refresh();
    await site.release('pricing', '2.0.0');
    let asked = 0;
    notes.refuse = ({ release }) => {
      asked += 1;
      return release.version === '2.0.0' && new Refusal('smokeFailed', 'a case is wrong');
    };
    for (let round = 0; round < 3; round += 1) {
      const report = await client.refresh();
      assert.deepEqual([report.outcome, report.projects.pricing], [round === 0 ? 'failed' : report.outcome, { kind: 'smokeFailed', message: 'a case is wrong' }]);
      assert.equal(notes.versions().pricing, '1.0.0');
    }
    assert.equal(asked, 1);
    const { refused, release } = client.status().projects.pricing;
    assert.equal(release.version, '1.0.0');
    assert.deepEqual(refused.map(({ kind }) => kind), ['smokeFailed']);
    await site.release('pricing', '3.0.0');
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.equal(notes.versions().pricing, '3.0.0');
  });

  test('may be anything that is thrown, and no number is no handle', async (t) => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    for (const [prepare, message] of [
      [() => { throw new TypeError('not a bundle https://secret.test/?key'); }, 'not a bundle (address)'],
      [() => { throw 'text'; }, 'text'],
      [() => { throw undefined; }, 'no reason was given'],
      [() => 'handle', 'the activator\'s `prepare` gave no number'],
    ]) {
      const notes = new Notes();
      notes.prepare = prepare;
      const { client } = await follow(site, { notes });
      const report = await client.refresh();
      assert.deepEqual(report.projects.pricing, { kind: 'notCompiled', message });
    }
  });

  test('is taken out when the environment revokes it', async (t) => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const { client, notes } = await follow(site);
    await client.refresh();
    const { digest } = notes.active.pricing.release;
    await site.run('revoke', 'pricing', '-e', site.address, '-k', 'k.pem', '--root', 'root.json', '--reason', 'wrong');
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.deepEqual(notes.versions(), {});
    assert.deepEqual(notes.swaps.at(-1).revoked, [digest]);
  });

  test('is taken back where it brings the evaluator down', async (t) => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const cache = new MemoryCache();
    const { client, notes } = await follow(site, { cache });
    await client.refresh();
    const before = notes.active.pricing.release.digest;
    await site.release('pricing', '2.0.0');
    await client.refresh();
    await client.takeBack('pricing', notes.active.pricing.release.digest, 'out of memory', before);
    assert.equal(client.status().projects.pricing.release.digest, before);
    const again = await follow(site, { cache });
    const report = await again.client.refresh();
    assert.equal(report.projects.pricing.kind, 'trapped');
    assert.deepEqual(again.notes.versions(), { pricing: '1.0.0' });
  });
});

describe('a store', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
  });

  test('may fail in every way there is, and each is a failure by its kind', async () => {
    const hostile = (bytes) => ({ status: 'found', bytes });
    for (const [fault, kind, words] of [
      [() => { throw new StoreFailure('tls', 'a certificate'); }, 'tls', /a certificate/],
      [(key) => { throw StoreFailure.fromStatus(403, `reading \`${key}\``); }, 'denied', /^reading `production\/metadata\/timestamp\.json` was answered with status 403$/],
      [() => { throw new TypeError('fetch failed: https://a.test/?sig=SECRET'); }, 'unavailable', /fetch failed: \(address\)/],
      [() => { throw new DOMException('late', 'TimeoutError'); }, 'timeout', /late/],
      [() => { throw Object.assign(new Error('x'), { kind: 'no such kind' }); }, 'unavailable', /x/],
      [() => { throw null; }, 'unavailable', /no reason was given/],
      [() => hostile(new Uint8Array(17 * 1024)), 'tooLarge', /longer than 16384 bytes/],
      [() => hostile('text'), 'invalid', /no `Uint8Array`/],
      [() => ({ status: 'other' }), 'invalid', /no `status`/],
      [() => 7, 'invalid', /no `status`/],
      [() => ({ status: 'notModified' }), 'invalid', /304/],
    ]) {
      const store = new FolderStore(site.bucket);
      store.fault = fault;
      const { client, notes } = await follow(site, { store });
      const report = await client.refresh();
      assert.equal(report.outcome, 'failed');
      assert.equal(report.error.kind, kind, report.error.message);
      assert.match(report.error.message, words);
      assert.deepEqual(notes.versions(), {});
    }
  });

  test('that throws at once, or is none, is a failure too', async () => {
    const report = await (await follow(site, { store: { get() { throw new StoreFailure('dns', 'unknown'); } } })).client.refresh();
    assert.equal(report.error.kind, 'dns');
    const none = await (await follow(site, { store: {} })).client.refresh();
    assert.equal(none.error.kind, 'unavailable');
  });

  test('that nobody waits for any more is told so', async () => {
    const hanging = new FolderStore(site.bucket);
    const signals = [];
    hanging.fault = (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const sources = [{ name: 'near', store: hanging }, { name: 'far', store: new FolderStore(site.bucket) }];
    const { client, notes } = await follow(site, { sources, failover: { hedgeAfterMillis: 20, deadlineMillis: 60_000 } });
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.equal(notes.versions().pricing, '1.0.0');
    assert.ok(signals.length > 0 && signals.every(({ aborted }) => aborted));
  });

  test('that is asked for a second refresh meanwhile is left alone', async () => {
    const store = new FolderStore(site.bucket);
    let answer;
    const held = new Promise((resolve) => { answer = resolve; });
    const { client } = await follow(site, { store });
    await client.refresh();
    store.fault = async () => { await held; };
    const first = client.refresh();
    assert.equal((await client.refresh()).outcome, 'inFlight');
    answer();
    assert.equal((await first).outcome, 'unchanged');
  });

  test('that holds a refresh up until another one takes over costs one compiled release, which is given back', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const cache = new MemoryCache();
    const { client, notes } = await follow(own, { cache, takeoverAfterMillis: 1, cacheDeadlineMillis: 60_000 });
    await client.refresh();
    await own.release('pricing', '2.0.0');
    let go;
    const held = new Promise((resolve) => { go = resolve; });
    const reached = new Promise((resolve) => {
      const { put } = MemoryCache.prototype;
      cache.put = async (key, bytes) => {
        if (key.includes('/bundles/')) {
          delete cache.put;
          resolve();
          await held;
        }
        await put.call(cache, key, bytes);
      };
    });
    const first = client.refresh();
    await reached;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await client.refresh()).outcome, 'updated');
    const [, , second] = [...notes.prepared.keys()];
    assert.deepEqual([notes.versions(), notes.active.pricing], [{ pricing: '2.0.0' }, notes.prepared.get(second)]);
    go();
    assert.equal((await first).outcome, 'unchanged');
    assert.deepEqual(notes.discarded, [2]);
    assert.equal(notes.swaps.length, 2);
  });

  test('is asked to its end by a refresh whose client is disposed meanwhile', async () => {
    const { client, notes } = await follow(site);
    const refresh = client.refresh();
    client.dispose();
    client.dispose();
    assert.equal((await refresh).outcome, 'updated');
    assert.deepEqual(notes.versions(), { pricing: '1.0.0' });
    assert.throws(() => client.status(), { code: 'disposed' });
    await assert.rejects(client.refresh(), { code: 'disposed' });
  });
});

describe('an unsigned environment', () => {
  test('is followed only where that is said', async (t) => {
    const site = await Site.make(t);
    const bundle = await site.pack('pricing', '1.0.0', { 'main.json': '{"nodes":[]}' });
    const bucket = folder(t);
    cpSync(bundle, join(bucket, 'production/pricing'));
    const signed = await follow(site, { store: new FolderStore(bucket) });
    assert.equal((await signed.client.refresh()).outcome, 'failed');
    const { client, notes, store } = await follow(site, { store: new FolderStore(bucket), trust: { kind: 'unsigned' } });
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.deepEqual([notes.active.pricing.release.trust, notes.versions()], ['unsigned', { pricing: '1.0.0' }]);
    rmSync(join(bucket, 'production/pricing'));
    await client.refresh();
    assert.deepEqual(notes.versions(), { pricing: '1.0.0' });
    store.list = undefined;
    const report = await (await follow(site, { store, trust: { kind: 'unsigned' } })).client.refresh();
    assert.equal(report.error.kind, 'unsupported');
  });
});

describe('options', () => {
  test('that cannot be are refused when the client is made', async (t) => {
    const site = await Site.make(t);
    const other = await Site.make(t, { environment: 'staging' });
    for (const [options, code, words] of [
      [{ environment: '../production' }, 'invalid', /cannot be the name of an environment/],
      [{ environment: 'staging' }, 'wrongEnvironment', /production/],
      [{ trust: { kind: 'tuf', trustedRoot: other.root } }, 'wrongEnvironment', /staging/],
      [{ trust: { kind: 'tuf', trustedRoot: '{}' } }, 'invalid', /root/],
      [{ trust: { kind: 'tuf' } }, 'invalid', /trusted root/],
      [{ trust: { kind: 'none' } }, 'invalid', /none/],
      [{ sources: [] }, 'invalid', /no source/],
      [{ sources: [{ name: 'a', store: {} }, { name: 'a', store: {} }] }, 'invalid', /two sources/],
      [{ schedule: { intervalMillis: -1 } }, 'invalid', /-1/],
      [{ schedule: { interval: 1 } }, 'invalid', /interval/],
      [{ staleness: { onExpired: 'panic' } }, 'invalid', /panic/],
    ]) {
      await assert.rejects(follow(site, options), (error) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, words);
        return true;
      });
    }
  });

  test('an activator may not call the client from a swap, which stands all the same', async (t) => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const { client, notes } = await follow(site);
    const caught = [];
    notes.activate = () => {
      for (const call of [() => client.status(), () => client.wait(), () => client.age('pricing')]) {
        try {
          call();
        } catch (error) {
          caught.push(error.code);
        }
      }
    };
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.deepEqual(caught, ['invalid', 'invalid', 'invalid']);
    assert.equal(client.status().projects.pricing.release.version, '1.0.0');
  });

  test('what an activator throws from a swap is the host\'s to hear of', async (t) => {
    const site = await Site.make(t);
    await site.release('pricing', '1.0.0');
    const script = `
      import 'zen-edge';
      import { readFileSync } from 'node:fs';
      import { SyncClient } from '../../../wasm/dist/releases/sync.js';
      import { FolderStore, Notes } from './support.mjs';
      const [folder, root] = process.argv.slice(1);
      const notes = new Notes();
      notes.activate = () => { throw new Error('a swap that fails'); };
      process.once('uncaughtException', ({ message }) => console.log(message));
      const trust = { kind: 'tuf', trustedRoot: readFileSync(root) };
      const sources = [{ name: 'near', store: new FolderStore(folder) }];
      const client = await SyncClient.create({ environment: 'production', trust, sources }, notes);
      console.log((await client.refresh()).outcome);`;
    const parameters = ['--input-type=module', '-e', script, site.bucket, join(site.folder, 'root.json')];
    const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: import.meta.dirname });
    assert.deepEqual(stdout.trim().split('\n').sort(), ['a swap that fails', 'updated']);
  });
});
