/**
 * What it costs to stay up to date: a poll when nothing changed, the parts of an activation, the pause that
 * evaluations see meanwhile, and the memory that two releases take, natively and in wasm.
 *
 *   node tests/bench/runtime.mjs          writes tests/bench/runtime.md and prints it
 *   node tests/bench/runtime.mjs --quick  10 decisions only, writes nothing
 *
 * Needs `target/release/{zen-edge,xtask}` and `target/wasm-tests` (`make bench` builds them).
 */

import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { median } from './measure.mjs';
import { startNative } from './native.mjs';
import { documents, filesOf, head, PROJECT, row, run, writeDocuments } from './publishing.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const STAGES = 6;
const ROUNDS = options.quick ? 1 : 5;
const POLLS = options.quick ? 20 : 200;
const ENVIRONMENT = 'production';
const CONTEXT = '{"spent":130}';
/** What two releases of 1 000 decisions may take in wasm. */
const AIM_MB = 100;

/** An environment at each of its stages, a new release of all decisions each, in folders of their own. */
async function stages(folder, count) {
  writeDocuments(join(folder, 'rules'), count);
  await run(folder, 'keygen', 'key.pem');
  const environment = ['-e', `bucket/${ENVIRONMENT}`, '-k', 'key.pem', '--root', 'root.json'];
  await run(folder, 'init', ...environment);
  for (let stage = 0; stage < STAGES; stage += 1) {
    await run(folder, 'pack', 'rules', '-o', 'release.zip', '--project', PROJECT, '--version', `1.0.${stage}`);
    await run(folder, 'publish', 'release.zip', ...environment);
    cpSync(join(folder, 'bucket'), join(folder, 'stages', String(stage)), { recursive: true });
  }
}

/** Serves a folder as a bucket does, with `ETag`s, and counts requests and what is on the wire. */
async function serve(folder) {
  const known = new Map();
  const read = (path) => {
    if (!known.has(path)) {
      const body = readFileSync(join(folder, path));
      known.set(path, { body, etag: `"${createHash('md5').update(body).digest('hex')}"` });
    }
    return known.get(path);
  };
  const sockets = new Set();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    let found;
    try {
      found = read(decodeURI(request.url));
    } catch {
      response.writeHead(404, { 'content-length': 0 }).end();
      return;
    }
    const { body, etag } = found;
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, 'content-length': body.length }).end(body);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen: () => ({ requests, bytes: [...sockets].reduce((sum, one) => sum + one.bytesRead + one.bytesWritten, 0) }),
    stop: () => server.close(),
  };
}

/** A host in a process of its own, before its first refresh. */
async function open(folder, url, key) {
  const host = startNative('bench-runtime');
  const addresses = Array.from({ length: STAGES }, (_, stage) => `${url}/${stage}/${ENVIRONMENT}`);
  const plan = { addresses, environment: ENVIRONMENT, root: join(folder, 'root.json'), project: PROJECT, key, context: CONTEXT };
  const { opened } = await host.ask({ open: plan });
  return { host, resident: opened.resident };
}

async function withHost(folder, url, key, work) {
  const { host, resident } = await open(folder, url, key);
  try {
    return await work((request) => host.ask(request), resident);
  } finally {
    host.stop();
  }
}

async function release(count) {
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-bench-'));
  const [[key]] = documents(count);
  await stages(folder, count);
  const server = await serve(join(folder, 'stages'));
  const host = (work) => withHost(folder, server.url, key, work);
  try {
    const memory = await host(async (ask, before) => {
      const one = (await ask({ refresh: { stage: 0 } })).refreshed;
      const two = (await ask({ refresh: { stage: 1 } })).refreshed;
      return { before, one: one.resident, two: two.resident, peak: two.peak };
    });
    const poll = await host(async (ask) => {
      await ask({ refresh: { stage: 0 } });
      const before = server.seen();
      const { polled } = await ask({ poll: { count: POLLS } });
      const after = server.seen();
      const each = (name) => (after[name] - before[name]) / POLLS;
      return { requests: each('requests'), bytes: each('bytes'), micros: median(polled) / 1e3 };
    });
    const activation = await host(async (ask) => {
      const { activated } = await ask('activate');
      // The first pays for the connection and for what the engine prepares once.
      const later = activated.slice(1);
      const middle = (part) => median(later.map((times) => times[part])) / 1e6;
      return { fetch: middle('fetch'), verify: middle('verify'), compile: middle('compile'), swap: middle('swap') };
    });
    const pause = await host(async (ask) => {
      const { paused } = await ask({ pause: { rounds: ROUNDS } });
      const middle = (window) => median(paused.map((round) => round[window].longest)) / 1e6;
      const evaluations = paused.reduce((sum, { own }) => sum + own.count, 0);
      return { quiet: middle('quiet'), other: middle('other'), own: middle('own'), evaluations };
    });
    return { count, memory, poll, activation, pause, wasm: inWasm(folder, key) };
  } finally {
    server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Bytes of linear memory in a new instance: before, with one release, and with two. */
function inWasm(folder, key) {
  const require = createRequire(import.meta.url);
  const path = require.resolve('../../target/wasm-tests/zen_edge_wasm_tests.js');
  delete require.cache[path];
  const wasm = require(path);
  const root = new Uint8Array(readFileSync(join(folder, 'root.json')));
  const before = wasm.Host.memory_bytes();
  const host = new wasm.Host(ENVIRONMENT, root, Date.now());
  const [one, two] = [0, 1].map((stage) => {
    const bucket = join(folder, 'stages', String(stage), ENVIRONMENT);
    const files = filesOf(bucket).map((file) => [file.slice(bucket.length + 1), new Uint8Array(readFileSync(file))]);
    host.refresh(files);
    const { release } = JSON.parse(host.evaluate(PROJECT, key, CONTEXT));
    if (release.version !== `1.0.${stage}`) throw new Error(`in wasm, ${release.version} answered at stage ${stage}`);
    return wasm.Host.memory_bytes();
  });
  if (host.releases() !== 2) throw new Error(`in wasm, ${host.releases()} releases are in memory, not 2`);
  host.free();
  return { before, one, two };
}

const mib = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const millis = (number) => `${number.toFixed(number < 10 ? 2 : 1)} ms`;

function report(releases) {
  const biggest = releases.at(-1);
  const megabytes = biggest.wasm.two / 1e6;
  const verdict = `${megabytes.toFixed(1)} MB with two releases of ${biggest.count} decisions, ${megabytes < AIM_MB ? 'below' : 'NOT below'} the ${AIM_MB} MB that are the aim.`;
  return [
    '# What it costs to stay up to date',
    '',
    'Written by `make bench`. A native host follows an environment over HTTP on the same machine; each decision has a',
    'table of 20 rows and an expression node, and each release replaces all of them.',
    '',
    ...describeMachine().map((line) => `- ${line}`),
    '',
    `A poll when nothing changed, headers included, the median of ${POLLS}:`,
    '',
    ...head(['decisions', 'requests', 'bytes on the wire', 'time']),
    ...releases.map(({ count, poll }) => row([count, poll.requests.toFixed(2), poll.bytes.toFixed(0), `${poll.micros.toFixed(0)} µs`])),
    '',
    `An activation, the median of ${STAGES - 1}. Verifying is signatures, digest, zip and documents; the swap includes what`,
    'becomes of the releases before:',
    '',
    ...head(['decisions', 'fetch', 'verify', 'compile', 'swap']),
    ...releases.map(({ count, activation: { fetch, verify, compile, swap } }) =>
      row([count, millis(fetch), millis(verify), millis(compile), `${(swap * 1000).toFixed(1)} µs`]),
    ),
    '',
    'The longest time between two answers that a thread sees which evaluates all the time: while nothing else happens,',
    `while another runtime in the process goes through ${STAGES - 1} releases (which costs the same processor and memory), and while`,
    `its own does. Only the last one swaps what answers. The median of ${ROUNDS} rounds:`,
    '',
    ...head(['decisions', 'nothing else', 'another', 'its own', 'own/nothing', 'own/another', 'evaluations']),
    ...releases.map(({ count, pause: { quiet, other, own, evaluations } }) =>
      row([count, millis(quiet), millis(other), millis(own), (own / quiet).toFixed(1), (own / other).toFixed(1), evaluations]),
    ),
    '',
    'Resident memory of the native process: before the first release, with one, with two (the old one stays for requests',
    'that have begun and for pins), and the most on the way:',
    '',
    ...head(['decisions', 'before', 'one release', 'two releases', 'peak']),
    ...releases.map(({ count, memory: { before, one, two, peak } }) => row([count, mib(before), mib(one), mib(two), mib(peak)])),
    '',
    `Linear memory in wasm, which never shrinks, so that it holds the peak: ${verdict}`,
    '',
    ...head(['decisions', 'before', 'one release', 'two releases']),
    ...releases.map(({ count, wasm: { before, one, two } }) => row([count, mib(before), mib(one), mib(two)])),
    '',
  ].join('\n');
}

const releases = [];
for (const count of options.quick ? [10] : [10, 100, 1000]) releases.push(await release(count));
const text = report(releases);
if (!options.quick) writeFileSync(new URL('./runtime.md', import.meta.url), text);
console.log(text);
