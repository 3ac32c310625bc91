// Following an environment: what answers, and what is told of it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createClient, ClientError, EvaluationError, ZenError } from 'zen-edge';
import { graph, expressions, functionV2 } from '../../node/documents.mjs';
import { deferred } from '../../support/deferred.mjs';
import { serveBucket } from '../../worker/support/bucket.mjs';
import { scope } from '../../worker/support/processes.mjs';
import { Site } from '../../worker/support/site.mjs';
import { ask, follow, followed, next, version } from './support/following.mjs';

describe('a client', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0', { documents: { 'fails.json': functionV2('throw new Error("no");') } });
  });

  test('answers, and says of which release and how old that is', async (t) => {
    const { client } = await followed(t, site);
    assert.equal(client.ready(), true);
    const answer = await ask(client);
    assert.deepEqual(answer.result, { version: '1.0.0', sum: 3 });
    const { release } = answer;
    assert.match(release.digest, /^[0-9a-f]{64}$/);
    assert.deepEqual(
      { project: release.project, version: release.version, id: release.id, environment: release.environment, origin: release.origin, source: release.source, trust: release.trust },
      { project: 'pricing', version: '1.0.0', id: 'pricing-1.0.0', environment: 'production', origin: 'source', source: 'region-0', trust: 'tuf' },
    );
    assert.equal(release.revision, client.status().environments.production.revision);
    assert.equal(answer.staleness, 'fresh');
    assert.equal(typeof answer.age, 'number');
    assert.deepEqual(client.evaluateSync('pricing', 'main.json', { a: 2, b: 3 }).result.sum, 5);
    assert.deepEqual(client.keys('pricing').sort(), ['fails.json', 'main.json']);
  });

  test('reports the status that /api/status has', async (t) => {
    const { client } = await followed(t, site);
    const status = client.status();
    assert.deepEqual(Object.keys(status).sort(), ['environments', 'ready', 'region', 'version']);
    const { production } = status.environments;
    for (const name of ['error', 'lastPoll', 'lastSuccess', 'projects', 'ready', 'revision', 'rootVersion', 'source', 'sources', 'staleness', 'timestampExpires']) {
      assert.ok(name in production, name);
    }
    const { pricing } = production.projects;
    assert.deepEqual(Object.keys(pricing).sort(), ['age', 'error', 'refused', 'release', 'resident', 'shadow', 'staleness', 'traps']);
    assert.deepEqual(pricing.resident, [{ id: 'pricing-1.0.0', version: '1.0.0', digest: pricing.release.digest }]);
    assert.deepEqual(production.cache, { kind: 'memory', failures: 0, lastError: null });
    assert.deepEqual(production.tabs, { role: 'alone' });
    assert.deepEqual(production.sources.map(({ name, state }) => [name, state]), [['region-0', 'closed']]);
    assert.equal(JSON.stringify(status).includes(site.folder), false);
  });

  test('an error of a decision names the release, too', async (t) => {
    const { client } = await followed(t, site);
    const error = await client.evaluate('pricing', 'fails.json', {}).catch((thrown) => thrown);
    assert.ok(error instanceof EvaluationError && error instanceof ZenError);
    assert.deepEqual([error.code, error.release.version, error.staleness], ['nodeFailed', '1.0.0', 'fresh']);
    const missing = await client.evaluate('pricing', 'nothing.json').catch((thrown) => thrown);
    assert.deepEqual([missing.code, missing.release.version], ['notFound', '1.0.0']);
  });

  test('a project that the environment does not have is not one that is late', async (t) => {
    const { client } = await followed(t, site);
    const error = await client.evaluate('toString', 'main.json').catch((thrown) => thrown);
    assert.ok(error instanceof ClientError);
    assert.equal(error.code, 'unknownProject');
    const listed = await follow(t, site, [await serveBucket(t, site.bucket)], { projects: ['pricing', 'lending'] });
    assert.equal(listed.ready(), false);
    assert.equal(await version(listed), '1.0.0');
    const late = await listed.evaluate('lending', 'main.json').catch((thrown) => thrown);
    assert.equal(late.code, 'notReady');
  });

  test('what is wrong in the options is said at once, without secrets', async () => {
    const root = site.root;
    const good = { sources: ['https://rules.test'], environment: 'production', trustedRoot: root };
    for (const [options, words] of [
      [{ ...good, trustedRoot: undefined }, /`trustedRoot` is missing/],
      [{ ...good, sources: ['http://rules.test/?sig=s3cret'] }, /use https/],
      [{ ...good, sources: ['https://me:s3cret@rules.test'] }, /credentials in `headers`/],
      [{ ...good, sources: ['rules?sig=s3cret'] }, /absolute URL/],
      [{ ...good, sources: ['ftp://rules.test/s3cret'] }, /use https/],
      [{ ...good, sources: ['file:///s3cret'] }, /folderStore/],
      [{ ...good, sources: undefined }, /`sources` must be a list/],
      [{ ...good, sources: [] }, /no source/],
      [{ ...good, pollInterval: NaN }, /`pollInterval`/],
      [{ ...good, environment: '../staging' }, /cannot be the name/],
      [{ ...good, environment: undefined }, /`environment`/],
      [{ ...good, trustedRoot: '{}' }, /root/],
      [{ ...good, cache: 'disk' }, /`disk` is no cache/],
      [{ ...good, sources: ['https://rules.test', 'https://rules.test/'] }, /two sources/],
    ]) {
      const error = await createClient({ pollInterval: 0, ...options }).then(() => 'made', (thrown) => thrown);
      assert.match(String(error.message), words);
      assert.doesNotMatch(error.message, /s3cret/);
    }
  });

  test('what is published becomes active, in one swap of which is told', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    const updates = [];
    const { client } = await followed(t, own, { onUpdate: (update) => updates.push(update) });
    const [pricing, lending] = await Promise.all([
      own.pack('pricing', '2.0.0', { 'main.json': expressions({ version: '"2.0.0"' }) }),
      own.pack('lending', '1.0.0', { 'main.json': expressions({ version: '"1.0.0"' }) }),
    ]);
    await own.publish([pricing, lending]);
    assert.equal(await version(client), '1.0.0');
    const updated = next(client, 'update');
    const report = await client.refresh();
    assert.equal(report.outcome, 'updated');
    const { activated, removed, environment } = await updated;
    assert.equal(environment, 'production');
    assert.deepEqual(Object.entries(activated).map(([project, release]) => [project, release.version]).sort(), [['lending', '1.0.0'], ['pricing', '2.0.0']]);
    assert.deepEqual(removed, []);
    assert.equal(updates.length, 2);
    assert.deepEqual(updates[1].activated, activated);
    assert.deepEqual([await version(client), await version(client, 'lending')], ['2.0.0', '1.0.0']);
    assert.equal((await client.refresh()).outcome, 'unchanged');
    assert.equal(updates.length, 2);
  });

  test('what is being evaluated finishes on its release, which stays in memory for as long', async (t) => {
    const own = await Site.make(t);
    const custom = (text) => graph('customNode', { kind: 'wait', config: { text } });
    await own.publish(await own.pack('pricing', '1.0.0', { 'main.json': custom('old') }));
    const arrived = deferred();
    const held = deferred();
    const { client } = await followed(t, own, {
      customHandler: async ({ getFieldRaw }) => {
        arrived.resolve();
        await held.promise;
        return { output: { text: getFieldRaw('text') } };
      },
    });
    const running = client.evaluate('pricing', 'main.json', {});
    await arrived.promise;
    await own.publish(await own.pack('pricing', '2.0.0', { 'main.json': custom('new') }));
    await client.refresh();
    const resident = () => client.status().environments.production.projects.pricing.resident.map((release) => release.version);
    assert.deepEqual(resident(), ['2.0.0', '1.0.0']);
    held.resolve();
    const { result, release } = await running;
    assert.deepEqual([result.text, release.version], ['old', '1.0.0']);
    assert.deepEqual(resident(), ['2.0.0']);
    assert.equal((await client.evaluate('pricing', 'main.json', {})).result.text, 'new');
  });

  test('a release that does not compile here, or fails its smoke cases, is refused by name, and once', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    // What the publisher accepted, and this client does not.
    const { bucket, client } = await followed(t, own, { limits: { nodes: 3, contextBytes: 64 } });
    const smoke = { contentType: 'test', filePath: 'main.json', smoke: true, testCases: [{ name: 'long', input: { a: 1, b: 1, c: 'c'.repeat(100) } }] };
    await own.release('pricing', '2.0.0', { documents: { 'main.test.json': smoke } });
    const refused = next(client, 'refused');
    const report = await client.refresh();
    assert.deepEqual([report.outcome, report.projects.pricing.kind], ['failed', 'smokeFailed']);
    const detail = await refused;
    assert.deepEqual([detail.project, detail.kind], ['pricing', 'smokeFailed']);
    assert.match(detail.message, /the smoke case `long` of `main.json` in `main.test.json`: /);
    const { result, staleness } = await ask(client);
    assert.deepEqual([result.version, staleness], ['1.0.0', 'stale']);

    let told = 0;
    client.addEventListener('refused', () => { told += 1; });
    bucket.reads.length = 0;
    await client.refresh();
    assert.deepEqual([told, bucket.count('.pricing')], [0, 0]);

    const large = graph('expressionNode', { expressions: [] });
    large.nodes.push({ id: 'more', name: 'More', type: 'outputNode' });
    await own.release('pricing', '3.0.0', { documents: { 'large.json': large } });
    assert.equal((await client.refresh()).projects.pricing.kind, 'notCompiled');
    assert.equal(told, 1);
    await own.release('pricing', '4.0.0');
    assert.equal((await client.refresh()).outcome, 'updated');
    assert.equal(await version(client), '4.0.0');
    const { pricing } = client.status().environments.production.projects;
    assert.deepEqual(pricing.refused.map(({ kind }) => kind), ['smokeFailed', 'notCompiled']);
  });

  test('a project that is taken out, or revoked, answers no more', async (t) => {
    const own = await Site.make(t);
    await own.release('pricing', '1.0.0');
    await own.release('lending', '1.0.0');
    const { client } = await followed(t, own);
    await own.run('revoke', 'pricing', '-e', own.address, '-k', 'k.pem', '--root', 'root.json');
    const updated = next(client, 'update');
    await client.refresh();
    assert.deepEqual((await updated).removed, ['pricing']);
    const error = await ask(client).catch((thrown) => thrown);
    assert.equal(error.code, 'revoked');
    assert.equal(await version(client, 'lending'), '1.0.0');
  });
});
