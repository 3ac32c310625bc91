/**
 * The Worker in workerd: requests per second and their times beside a Worker that does nothing, one that does what
 * HTTP demands and no more, and one that parses the decision for every request; the first answer of a fresh isolate,
 * and reads of the bucket under load.
 *
 *   node tests/bench/worker.mjs          writes tests/bench/worker.md and prints it
 *   node tests/bench/worker.mjs --quick  short, writes nothing
 *
 * Needs `target/release/zen-edge`, `wasm/dist` and `worker/dist` (`make bench` builds them).
 */

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { build } from 'esbuild';
import { describeMachine } from './machine.mjs';
import { median } from './measure.mjs';
import { documents, head, PROJECT, row, run, writeDocuments } from './publishing.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const ROUNDS = options.quick ? 2 : 7;
const SECONDS = options.quick ? 1 : 3;
/** So long until the hot functions of the module are compiled once more, and better. */
const WARM_UP_SECONDS = options.quick ? 1 : 15;
const CONNECTIONS = 16;
const STARTS = options.quick ? 2 : 7;
const REQUESTS = options.quick ? 2_000 : 10_000;
/** The share of an empty Worker's requests per second that is the aim. */
const AIM = 0.8;
/** What the server adds to an answer by itself. */
const TRANSPORT = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];
const ENVIRONMENT = 'production';
const KEY = documents(1)[0][0];
const BODY = '{"context":{"spent":130}}';

const { default: workerd } = createRequire(import.meta.url)('workerd');
const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const children = new Set();

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts workerd; it listens when this is done, and has answered nothing. */
async function start(parameters, variables = {}) {
  const port = await freePort();
  const child = spawn(workerd, ['serve', ...parameters, '--socket-addr', `http=127.0.0.1:${port}`], { env: variables, stdio: ['ignore', 'inherit', 'inherit'] });
  children.add(child);
  const listens = () => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true)).on('error', () => resolve(false));
  });
  while (!(await listens())) {
    if (child.exitCode !== null) throw new Error('workerd ended');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    children.delete(child);
  };
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop };
}

/** A configuration for a Worker of these modules. */
function configure(folder, modules) {
  const file = join(folder, 'config.capnp');
  writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main)],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const main :Workerd.Worker = (compatibilityDate = "2026-11-01", modules = [${modules.join(', ')}]);`);
  return file;
}

/** A Worker that answers at once, without a look at what is asked. */
async function startEmpty(folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'empty.js'), `
    const body = '{"performance":"0.0ns","result":{}}';
    const headers = { 'content-type': 'application/json' };
    export default { fetch: () => new Response(body, { headers }) };`);
  return start([configure(folder, ['(name = "empty.js", esModule = embed "empty.js")'])]);
}

/** A Worker that does only what HTTP demands of this job: it reads and parses the body, and gives an answer of ours. */
async function startFloor(folder, { text, headers }) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'floor.js'), `
    const answer = ${JSON.stringify(text)};
    const headers = new Headers(${JSON.stringify([...headers].filter(([name]) => !TRANSPORT.includes(name)))});
    let last;
    export default {
      fetch: (request) => request.text().then((text) => {
        last = JSON.parse(text);
        return new Response(answer, { headers });
      }),
    };`);
  return start([configure(folder, ['(name = "floor.js", esModule = embed "floor.js")'])]);
}

/** A Worker that keeps the document and parses it for each request, as the GoRules Agent does. */
async function startParsing(folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'source.mjs'), `
    import { CompiledBundle } from ${JSON.stringify(path('wasm/dist/workerd.js'))};
    const document = ${JSON.stringify(documents(1)[0][1])};
    const headers = { 'content-type': 'application/json' };
    export default {
      async fetch(request) {
        const { context } = await request.json();
        const bundle = CompiledBundle.compile({ ${JSON.stringify(KEY)}: document });
        const answer = JSON.stringify(bundle.evaluateSync(${JSON.stringify(KEY)}, context));
        bundle.free?.();
        return new Response(answer, { headers });
      },
    };`);
  await build({ entryPoints: [join(folder, 'source.mjs')], outfile: join(folder, 'parsing.js'), bundle: true, format: 'esm', external: ['*.wasm'], logLevel: 'error' });
  copyFileSync(path('wasm/dist/wasm/zen_edge_bg.wasm'), join(folder, 'zen_edge_bg.wasm'));
  return start([configure(folder, ['(name = "parsing.js", esModule = embed "parsing.js")', '(name = "wasm/zen_edge_bg.wasm", wasm = embed "zen_edge_bg.wasm")'])]);
}

/** An environment with one release of so many decisions, in a bucket that counts reads. */
async function publish(folder, count) {
  mkdirSync(folder);
  writeDocuments(join(folder, 'rules'), count);
  const environment = ['-e', `bucket/${ENVIRONMENT}`, '-k', 'key.pem', '--root', 'root.json'];
  await run(folder, 'keygen', 'key.pem');
  await run(folder, 'init', ...environment);
  await run(folder, 'pack', 'rules', '-o', 'release.zip', '--project', PROJECT, '--version', '1.0.0');
  await run(folder, 'publish', 'release.zip', ...environment);
  let reads = 0;
  const server = createHttpServer((request, response) => {
    reads += 1;
    try {
      const body = readFileSync(join(folder, 'bucket', decodeURIComponent(request.url)));
      response.writeHead(200, { 'content-length': body.length, etag: `"${body.length}"` }).end(body);
    } catch {
      response.writeHead(404, { 'content-length': 0 }).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  mkdirSync(join(folder, 'cache'));
  const variables = {
    ZEN_EDGE_ENVIRONMENT: ENVIRONMENT,
    ZEN_EDGE_TRUSTED_ROOT: readFileSync(join(folder, 'root.json'), 'utf8'),
    ZEN_EDGE_ACCESS: 'open',
    ZEN_EDGE_CACHE: 'folder:CACHE',
    ZEN_EDGE_SOURCES: JSON.stringify([{ name: 'bucket', type: 'https', url: `http://127.0.0.1:${server.address().port}/` }]),
  };
  const parameters = [path('worker/workerd/region.capnp'), '--directory-path', `cache=${join(folder, 'cache')}`];
  return {
    start: () => start(parameters, variables),
    reads: () => reads,
    close: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  };
}

const evaluate = (url, key = KEY) => ({
  url: `${url}/api/rules/${PROJECT}/evaluate/${key}`,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: BODY,
});

async function ask(url) {
  const { url: address, ...request } = evaluate(url);
  const response = await fetch(address, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return { text, headers: response.headers };
}

/** Processor time that a process has used, in microseconds; not a number where the system does not tell. */
function processorTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
    // In hundredths of a second, on every Linux.
    return (user + system) * 10_000;
  } catch {
    return Number.NaN;
  }
}

/**
 * One burst of load: requests per second, milliseconds of half and of 99 % of the requests, and microseconds of
 * processor time for each.
 */
async function load({ url, pid }, limits) {
  const before = processorTime(pid);
  const result = await autocannon({ ...evaluate(url), connections: CONNECTIONS, ...limits });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} answers not 2xx, ${result.errors} errors`);
  const requests = result.requests.total;
  const processor = (processorTime(pid) - before) / requests;
  return { rate: result.requests.average, p50: result.latency.p50, p99: result.latency.p99, processor, requests };
}

/** Bursts of load on all in turns: the median of rounds of each figure. */
async function compare(contenders) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const names = Object.keys(contenders);
  for (const name of names) await load(contenders[name], { duration: WARM_UP_SECONDS });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      results[name].push(await load(contenders[name], { duration: SECONDS }));
    }
  }
  const middle = (list, member) => median(list.map((one) => one[member]));
  return Object.fromEntries(names.map((name) => [name, {
    rate: middle(results[name], 'rate'),
    p50: middle(results[name], 'p50'),
    p99: middle(results[name], 'p99'),
    processor: middle(results[name], 'processor'),
  }]));
}

/** The first answer of a process that finds everything in its cache and no bucket. */
async function firstAnswers(folder, count) {
  const site = await publish(folder, count);
  const filling = await site.start();
  await ask(filling.url);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await filling.stop();
  await site.close();
  const times = [];
  for (let index = 0; index < STARTS; index += 1) {
    const region = await site.start();
    const begin = performance.now();
    await ask(region.url);
    times.push(performance.now() - begin);
    await region.stop();
  }
  return median(times);
}

function report({ rates, reads, firsts }) {
  const { empty, floor, region, parsing } = rates;
  const of = (one, other) => (one.rate / other.rate).toFixed(2);
  const micros = (processor) => (Number.isNaN(processor) ? '–' : `${processor.toFixed(0)} µs`);
  const cells = (one) => [one.rate.toFixed(0), of(one, empty), of(one, floor), `${one.p50.toFixed(1)} ms`, `${one.p99.toFixed(1)} ms`, micros(one.processor)];
  const share = region.rate / empty.rate;
  return [
    '# The Worker in workerd',
    '',
    `Written by \`make bench\`. Each contender is a process of workerd on the same machine as the client, and in turns: ${ROUNDS} rounds`,
    `of ${SECONDS} s with ${CONNECTIONS} connections after ${WARM_UP_SECONDS} s to warm up, the median of rounds. The decision has a table of 20 rows and an`,
    'expression node. The floor is a Worker that does only what HTTP demands of the job: it reads the body, parses it as',
    'JSON, and gives always the same answer, with the headers of zen-edge. The empty one has one header, and reads nothing.',
    '',
    ...describeMachine().map((line) => `- ${line}`),
    '',
    ...head(['Worker', 'requests/s', 'of the empty one', 'of the floor', 'p50', 'p99', 'processor time per request']),
    row(['empty', ...cells(empty)]),
    row(['floor', ...cells(floor)]),
    row(['zen-edge', ...cells(region)]),
    row(['parsing per request', ...cells(parsing)]),
    '',
    `zen-edge answers ${of(region, empty)} of an empty Worker's requests per second, ${share >= AIM ? 'above' : 'NOT above'} the ${AIM} that are the aim,`,
    `${of(region, floor)} of the floor's, and ${(region.rate / parsing.rate).toFixed(1)} times those of a Worker that parses the decision for each request. The floor itself`,
    `is ${of(floor, empty)} of the empty Worker: so much the platform takes for reading a body and sending these headers.`,
    '',
    'The first answer of a fresh process, whose cache has everything and whose bucket does not answer. It includes making the',
    `wasm instance, verifying and compiling; the median of ${STARTS}:`,
    '',
    ...head(['decisions', 'first answer']),
    ...firsts.map(([count, time]) => row([count, `${time.toFixed(0)} ms`])),
    '',
    `Reads of the bucket during ${reads.requests} requests in ${reads.seconds.toFixed(1)} s, by default every 10 s: ${reads.count}.`,
    '',
  ].join('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'zen-edge-bench-'));
try {
  const site = await publish(join(folder, 'site'), 1);
  const region = await site.start();
  await ask(region.url);
  const answer = await ask(region.url);
  const contenders = {
    empty: await startEmpty(join(folder, 'empty')),
    floor: await startFloor(join(folder, 'floor'), answer),
    region,
    parsing: await startParsing(join(folder, 'parsing')),
  };
  const resultOf = ({ text }) => JSON.stringify(JSON.parse(text).result);
  if (resultOf(answer) !== resultOf(await ask(contenders.parsing.url))) throw new Error('the answers differ');
  const rates = await compare(contenders);
  const [before, begin] = [site.reads(), performance.now()];
  const { requests } = await load(region, { amount: REQUESTS });
  const reads = { requests, count: site.reads() - before, seconds: (performance.now() - begin) / 1000 };
  for (const { stop } of Object.values(contenders)) await stop();
  await site.close();
  const firsts = [];
  for (const count of options.quick ? [10] : [10, 100, 1000]) firsts.push([count, await firstAnswers(join(folder, String(count)), count)]);
  const text = report({ rates, reads, firsts });
  if (!options.quick) writeFileSync(new URL('./worker.md', import.meta.url), text);
  console.log(text);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
