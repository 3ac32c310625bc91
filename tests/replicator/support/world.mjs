// A publisher that writes into a folder, and the replicator in Miniflare: workerd with simulators of R2,
// queues and Analytics Engine.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const dist = join(root, 'worker/replicator/dist');
const program = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/zen-edge');
const COMPATIBILITY_DATE = '2026-11-01';

export const TOKEN = 'a-token-for-the-status';
export const QUEUE = 'replication';

/** An environment that is published into a folder. */
export class Publisher {
  constructor(t, environment = 'production') {
    this.folder = mkdtempSync(join(tmpdir(), 'zen-edge-replicator-'));
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    this.environment = environment;
    this.address = `bucket/rules/${environment}`;
    this.run('keygen', 'k.pem');
    this.run('init', '-e', this.address, '-k', 'k.pem', '--root', 'root.json');
    this.root = readFileSync(join(this.folder, 'root.json'), 'utf8');
    this.known = new Map();
  }

  run(...parameters) {
    return execFileSync(program, parameters, { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Publishes a release that differs from every other one by its version. */
  publish(project, version) {
    const source = join(this.folder, `${project}-${version}`);
    mkdirSync(source);
    const graph = readFileSync(join(root, 'tests/corpus/pricing', readdirSync(join(root, 'tests/corpus/pricing')).find((name) => name.endsWith('.json'))), 'utf8');
    writeFileSync(join(source, 'decision.json'), graph);
    this.run('pack', source, '-o', `${project}-${version}.zip`, '--project', project, '--version', version);
    this.run('publish', `${project}-${version}.zip`, '-e', this.address, '-k', 'k.pem', '--root', 'root.json');
  }

  /** Gives the root another key. */
  rotateRoot() {
    this.run('keygen', 'next.pem');
    this.run('rotate', 'root', '--new-key', 'next.pem.pub', '-e', this.address, '-k', 'k.pem', '-k', 'next.pem', '--root', 'root.json');
  }

  /** What was written since this was last asked: `[key, bytes]`, in an order that helps nobody. */
  written() {
    const files = readdirSync(join(this.folder, 'bucket'), { recursive: true, withFileTypes: true });
    const objects = files.filter((file) => file.isFile() && !file.name.startsWith('.')).map((file) => {
      const path = join(file.parentPath, file.name);
      return [path.slice(join(this.folder, 'bucket/').length), readFileSync(path)];
    });
    const fresh = objects.filter(([key, bytes]) => !this.known.get(key)?.equals(bytes));
    for (const [key, bytes] of fresh) this.known.set(key, bytes);
    return shuffled(fresh);
  }
}

/** The pointer first, which is the worst order, and the rest by chance. */
function shuffled(objects) {
  const last = ([key]) => (key.endsWith('timestamp.json') ? -1 : Math.random());
  return objects.map((object) => [last(object), object]).sort(([a], [b]) => a - b).map(([, object]) => object);
}

/** An event notification, as R2 writes it. */
export function notification(key, action = 'PutObject') {
  return { account: 'a', action, bucket: 'rules-eu', object: { key, size: 1, eTag: 'e' }, eventTime: new Date().toISOString() };
}

/** The replicator with a source and two destinations. */
export class World {
  static async start(t, publishers, variables = {}, options = {}, change = (entry) => entry) {
    const world = new World();
    world.logged = [];
    const roots = publishers.map((publisher) => JSON.parse(publisher.root));
    const log = new class extends Log {
      log(message) { world.logged.push(message); }
    }(LogLevel.INFO);
    const replicator = {
      name: 'replicator',
      modulesRoot: '/',
      modules: [
        { type: 'ESModule', path: 'index.js', contents: change(readFileSync(join(dist, 'index.js'), 'utf8')) },
        { type: 'CompiledWasm', path: 'zen_edge_replicator.wasm', contents: readFileSync(join(dist, 'zen_edge_replicator.wasm')) },
      ],
      compatibilityDate: COMPATIBILITY_DATE,
      bindings: {
        ZEN_EDGE_ENVIRONMENTS: publishers.map(({ environment }) => environment).join(','),
        ZEN_EDGE_SOURCE: 'EU',
        ZEN_EDGE_DESTINATIONS: 'US,ASIA',
        ZEN_EDGE_PREFIX: 'rules',
        ZEN_EDGE_TRUSTED_ROOT: roots.length === 1 ? publishers[0].root : roots,
        ZEN_EDGE_STATUS_TOKEN: TOKEN,
        ...variables,
      },
      r2Buckets: ['EU', 'US', 'ASIA'],
      queueProducers: { DEAD_LETTERS: 'failed', EVENTS: QUEUE },
      queueConsumers: { [QUEUE]: { maxBatchSize: 10, maxBatchTimeout: 0.2, maxRetries: 3 } },
      analyticsEngineDatasets: { METRICS: { dataset: 'replication' } },
      ...options,
    };
    // Keeps what is put aside where the test can see it.
    const keeper = {
      name: 'keeper',
      modules: true,
      compatibilityDate: COMPATIBILITY_DATE,
      script: 'export default { async queue(batch, env) { for (const message of batch.messages) await env.LETTERS.put(message.id, JSON.stringify(message.body)); } }',
      r2Buckets: ['LETTERS'],
      queueConsumers: { failed: { maxBatchSize: 10, maxBatchTimeout: 0.1 } },
    };
    world.miniflare = new Miniflare(convertV4MiniflareOptions({ workers: [replicator, keeper], log, cf: false, handleStructuredLogs: ({ message }) => world.logged.push(message) }));
    t.after(() => world.miniflare.dispose());
    world.url = String(await world.miniflare.ready).replace(/\/$/, '');
    world.worker = await world.miniflare.getWorker('replicator');
    for (const name of ['EU', 'US', 'ASIA']) world[name] = await world.miniflare.getR2Bucket(name, 'replicator');
    world.letters = await world.miniflare.getR2Bucket('LETTERS', 'keeper');
    if (replicator.queueProducers.EVENTS) world.events = await world.miniflare.getQueueProducer('EVENTS', 'replicator');
    return world;
  }

  /** Puts objects into the source; answers their notifications. */
  async put(objects) {
    for (const [key, bytes] of objects) await this.EU.put(key, bytes);
    return objects.map(([key]) => notification(key));
  }

  /** Delivers a batch; answers what became of each message: `ack`, or the seconds it waits. */
  async deliver(bodies, attempts = 1) {
    const messages = bodies.map((body, index) => ({ id: String(index), timestamp: new Date(), attempts, body }));
    const result = await this.worker.queue(QUEUE, messages);
    const retried = new Map((result.retryMessages ?? []).map(({ msgId, delaySeconds }) => [msgId, delaySeconds]));
    return { outcome: result.outcome, ends: messages.map(({ id }) => (retried.has(id) ? retried.get(id) : result.explicitAcks.includes(id) ? 'ack' : 'none')) };
  }

  /** All objects of a bucket, by key. */
  async objects(bucket) {
    const found = new Map();
    for (const { key } of (await this[bucket].list()).objects) {
      const object = await this[bucket].get(key);
      found.set(key, Buffer.from(await object.arrayBuffer()).toString('base64'));
    }
    return found;
  }

  async status(token = TOKEN) {
    const response = await fetch(`${this.url}/status`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    return { status: response.status, body: await response.json() };
  }

  /** Waits until a check holds, some seconds at most. */
  async until(what, check) {
    const end = Date.now() + 20_000;
    for (;;) {
      const found = await check();
      if (found) return found;
      if (Date.now() > end) throw new Error(`in vain: ${what}\n${this.logged.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async putAside(count) {
    const listed = await this.until(`${count} dead letters`, async () => {
      const { objects } = await this.letters.list();
      return objects.length >= count && objects;
    });
    return Promise.all(listed.map(async ({ key }) => (await this.letters.get(key)).json()));
  }
}
