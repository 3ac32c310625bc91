// What an environment's metadata is trusted by, for people.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { StoreFailure, inspectEnvironment } from 'zen-edge';
import { scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { FolderStore } from './support.mjs';

const YEAR = 365 * 24 * 60 * 60 * 1000;

describe('an inspection', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0');
  });

  const look = (store = new FolderStore(site.bucket), options = {}) =>
    inspectEnvironment({ environment: 'production', trustedRoot: site.root, sources: [{ name: 'near', store }], ...options });

  /** A store that answers one file with something else. */
  function changed(ending, change) {
    const store = new FolderStore(site.bucket);
    store.fault = (key) => {
      if (!key.endsWith(ending)) return undefined;
      return { status: 'found', bytes: new TextEncoder().encode(change(readFileSync(join(site.bucket, key), 'utf8'))) };
    };
    return store;
  }

  test('tells every role, its keys, its threshold and its expiry, and what is announced', async () => {
    const found = await look();
    assert.deepEqual([found.environment, found.source, found.refusal, found.revoked], ['production', 'near', null, []]);
    assert.deepEqual(found.roles.map(({ role }) => role), ['root', 'timestamp', 'snapshot', 'targets']);
    for (const { version, expires, threshold, keys } of found.roles) {
      assert.ok(version >= 1);
      assert.ok(Date.parse(expires) > Date.now());
      assert.equal(threshold, 1);
      assert.deepEqual(Object.values(keys), ['signed']);
      assert.match(Object.keys(keys)[0], /^[0-9a-f]{64}$/);
    }
    const { pricing } = found.projects;
    const [file] = readdirSync(join(site.bucket, 'production/targets'));
    assert.deepEqual([pricing.role, pricing.version, pricing.id, `${pricing.digest}.pricing`], ['targets', '1.0.0', 'pricing-1.0.0', file]);
    assert.ok(pricing.length > 0);
  });

  test('tells what has expired at a time, and the rest as if it had not', async () => {
    const found = await look(undefined, { now: new Date(Date.now() + 20 * YEAR) });
    assert.equal(found.refusal.kind, 'expired');
    assert.match(found.refusal.message, /expired at/);
    assert.equal(found.roles.length, 4);
    assert.equal(found.projects.pricing.version, '1.0.0');
  });

  test('tells whose signature is wrong, and what was trusted until then', async () => {
    const found = await look(changed('timestamp.json', (text) => text.replace(/"version":\s*\d+/, '"version": 99')));
    assert.equal(found.refusal.kind, 'untrusted');
    assert.match(found.refusal.message, /timestamp: 0 of the 1 keys needed have signed; the signature by key `[0-9a-f]{64}` is wrong \(step 5\.4\.2\)/);
    assert.deepEqual(found.roles.map(({ role }) => role), ['root']);
    assert.deepEqual(found.projects, {});
  });

  test('tells what is not as announced, is older than must be, or is another environment\'s', async () => {
    const snapshot = await look(changed('.snapshot.json', (text) => `${text} `));
    assert.match(snapshot.refusal.message, /snapshot/);
    assert.equal(snapshot.refusal.source, 'near');
    const floor = await look(undefined, { revisionFloor: 99 });
    assert.equal(floor.refusal.kind, 'rollback');
    const other = new FolderStore(site.bucket);
    const { get } = FolderStore.prototype;
    other.get = (key, request) => get.call(other, key.replace('staging', 'production'), request);
    const staging = await Site.make(t, { environment: 'staging' });
    const mixed = await look(other, { environment: 'staging', trustedRoot: staging.root });
    assert.equal(mixed.refusal.kind, 'untrusted');
    assert.deepEqual(mixed.roles.map(({ role }) => role), ['root']);
  });

  test('tells what no source gives', async () => {
    const down = new FolderStore(site.bucket);
    down.fault = () => { throw new StoreFailure('denied', 'not yours'); };
    const found = await look(down);
    assert.deepEqual([found.source, found.refusal.kind, found.refusal.source], [null, 'denied', 'near']);
    assert.deepEqual(found.roles.map(({ role, keys }) => [role, Object.values(keys)]), [['root', ['signed']]]);
    const empty = await look(new FolderStore(join(site.folder, 'nowhere')));
    assert.equal(empty.refusal.kind, 'unavailable');
  });

  test('counts the signatures of a role with several keys', async (t) => {
    const own = await Site.make(t);
    await own.run('keygen', 'second.pem');
    await own.run('rotate', 'targets', '--new-key', 'k.pem.pub', '--new-key', 'second.pem.pub', '--threshold', '2', '-e', own.address, '--root', 'root.json', '-k', 'k.pem', '-k', 'second.pem');
    const found = await inspectEnvironment({ environment: 'production', trustedRoot: own.root, sources: [{ name: 'near', store: new FolderStore(own.bucket) }] });
    const targets = found.roles.find(({ role }) => role === 'targets');
    assert.deepEqual([targets.threshold, Object.values(targets.keys)], [2, ['signed', 'signed']]);
    assert.equal(found.roles[0].version, 2);
  });

  test('refuses options that no client would take', async () => {
    await assert.rejects(look(undefined, { environment: 'staging' }), { code: 'wrongEnvironment' });
    await assert.rejects(look(undefined, { trustedRoot: 'text' }), { code: 'invalid' });
    await assert.rejects(look(undefined, { sources: [] }), { code: 'invalid' });
  });
});
