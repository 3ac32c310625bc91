// Records of decisions, in a queue and in a dataset.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { serveBucket } from './support/bucket.mjs';
import { COMPATIBILITY_DATE, startWorker, wrapped } from './support/cloudflare.mjs';
import { scope, until } from './support/processes.mjs';
import { Site, TOKEN } from './support/site.mjs';

/** Keeps what a queue brings, for whoever asks. */
const consumer = {
  name: 'consumer',
  modules: true,
  script: `
    const records = [];
    export default {
      fetch: () => Response.json(records),
      queue(batch) { for (const message of batch.messages) records.push(message.body); },
    };`,
  compatibilityDate: COMPATIBILITY_DATE,
  queueConsumers: { decisions: { maxBatchSize: 10, maxBatchTimeout: 0 } },
};

describe('decision records', () => {
  const t = scope();
  let site;

  before(async () => {
    site = await Site.make(t);
    await site.release('pricing', '1.0.0', { tokens: [TOKEN] });
  });

  test('come through a queue, masked', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const region = await startWorker(t, {
      ZEN_EDGE_ENVIRONMENT: 'production',
      ZEN_EDGE_TRUSTED_ROOT: site.root,
      ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }],
      ZEN_EDGE_DECISION_LOG: 'queue:DECISIONS',
      ZEN_EDGE_DECISION_LOG_MASK: 'customer.card',
    }, { queueProducers: { DECISIONS: 'decisions' }, others: [consumer] });
    const context = { a: 1, b: 2, customer: { card: '4111 1111 1111 1111', name: 'Ada' } };
    const { status, headers } = await region.evaluate('pricing', context, { 'x-access-token': TOKEN });
    assert.equal(status, 200);
    const worker = await region.miniflare.getWorker('consumer');
    const records = await until(async () => {
      const found = await (await worker.fetch('http://consumer/')).json();
      return found.length > 0 && found;
    }, 'the record');
    const text = JSON.stringify(records);
    assert.equal(records.length, 1);
    assert.ok(text.includes(headers.get('x-release-digest')), text);
    assert.ok(text.includes(headers.get('x-decision-id')), text);
    assert.ok(text.includes('Ada') && text.includes('"sum":3'), text);
    for (const secret of ['4111', TOKEN]) assert.ok(!text.includes(secret), text);
  });

  test('go to a dataset, and cost no answer where nothing takes them', async (t) => {
    const bucket = await serveBucket(t, site.bucket);
    const variables = {
      ZEN_EDGE_ENVIRONMENT: 'production',
      ZEN_EDGE_TRUSTED_ROOT: site.root,
      ZEN_EDGE_ACCESS: 'open',
      ZEN_EDGE_SOURCES: [{ name: 'web', type: 'https', url: bucket.url }],
      ZEN_EDGE_DECISION_LOG: 'analytics:DECISIONS',
    };
    // Miniflare's datasets take points and show them to nobody: this one does.
    const dataset = `(worker) => ({
      fetch(request, env, ctx) {
        if (request.url.endsWith('/points')) return Response.json(points);
        return worker.fetch(request, { ...env, DECISIONS: new Dataset() }, ctx);
      },
    })`;
    const wrap = (write) => ({ replaced: { 'index.js': wrapped(`const points = []; class Dataset { writeDataPoint(point) { ${write} } }`, dataset) } });
    const sound = await startWorker(t, variables, wrap('points.push(point);'));
    const { headers } = await sound.evaluate('pricing');
    const points = await until(async () => {
      const found = await (await sound.fetch('/points')).json();
      return found.length > 0 && found;
    }, 'the point');
    assert.ok(JSON.stringify(points).includes(headers.get('x-release-digest').slice(0, 32)), JSON.stringify(points));
    const broken = await startWorker(t, variables, wrap('throw new Error("out of order");'));
    for (let round = 0; round < 20; round += 1) assert.equal((await broken.evaluate('pricing')).status, 200);
  });
});
