/**
 * What a release costs: pack, verify, publish and refresh of 10, 100 and 1 000 decisions, and its
 * verification in wasm against its compilation there.
 *
 *   node tests/bench/releases.mjs          writes tests/bench/releases.md and prints it
 *   node tests/bench/releases.mjs --quick  10 decisions only, writes nothing
 *
 * Needs `target/release/zen-edge`, `wasm/dist` and `target/wasm-tests` (`make bench` builds them).
 */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import wasm from '../../target/wasm-tests/zen_edge_wasm_tests.js';
import { CompiledBundle } from '../../wasm/dist/node.js';
import { describeMachine } from './machine.mjs';
import { median } from './measure.mjs';
import { documents, filesOf, head, kib, PROJECT, row, run, writeDocuments } from './publishing.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const ROUNDS = options.quick ? 1 : 5;

/** Median seconds and highest memory of several runs; `prepare` gives each its arguments. */
async function measure(folder, prepare) {
  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1) runs.push(await run(folder, ...(await prepare(round))));
  return { seconds: median(runs.map((one) => one.seconds)), mebibytes: Math.max(...runs.map((one) => one.mebibytes)) };
}

const bytesOf = (folder) => filesOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);

/** Serves a folder and counts what it is asked for. */
async function serve(folder) {
  const log = [];
  const server = createServer((request, response) => {
    let body;
    try {
      body = readFileSync(join(folder, decodeURI(request.url)));
    } catch {
      body = undefined;
    }
    log.push({ path: request.url, bytes: body?.length ?? 0 });
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, take: () => log.splice(0), stop: () => server.close() };
}

async function release(count) {
  const folder = mkdtempSync(join(tmpdir(), 'zen-edge-bench-'));
  try {
    writeDocuments(join(folder, 'rules'), count);
    const pack = (version, out) => ['pack', 'rules', '-o', out, '--project', PROJECT, '--version', version];
    const environment = (name) => ['-e', name, '-k', 'key.pem'];
    const packed = await measure(folder, (round) => pack(`1.0.${round}`, `${round}.zip`));
    await run(folder, ...pack('2.0.0', 'next.zip'));
    await run(folder, 'keygen', 'key.pem');

    const published = await measure(folder, async (round) => {
      await run(folder, 'init', ...environment(`b${round}/production`), '--root', `${round}.root.json`);
      return ['publish', '0.zip', ...environment(`b${round}/production`), '--root', `${round}.root.json`];
    });
    const bucket = join(folder, 'b0/production');
    const written = bytesOf(bucket);
    const verified = await measure(folder, () => ['verify', 'b0/production', '--root', '0.root.json']);
    const inWasm = await verifyInWasm(folder, bucket, count);
    const refreshed = await refresh(folder, bucket);
    return { count, bundle: statSync(join(folder, '0.zip')).size, written, packed, published, verified, inWasm, refreshed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Requests and bytes of a client's refresh: the first, one without change, and one with. */
async function refresh(folder, bucket) {
  const server = await serve(bucket);
  try {
    const client = ['tuf', '--metadata-dir', 'client'];
    await run(folder, ...client, 'init', '0.root.json');
    const download = async () => {
      const urls = ['--metadata-url', `${server.url}/metadata`, '--target-base-url', `${server.url}/targets`];
      await run(folder, ...client, ...urls, '--target-name', PROJECT, '--target-dir', 'targets', 'download');
      return server.take();
    };
    const first = await download();
    const unchanged = await download();
    await run(folder, 'publish', 'next.zip', '-e', 'b0/production', '-k', 'key.pem', '--root', '0.root.json');
    return { first, unchanged, changed: await download() };
  } finally {
    server.stop();
  }
}

/** Milliseconds to verify a release in wasm (metadata, bundle, documents) and to compile it there. */
async function verifyInWasm(folder, bucket, count) {
  const files = filesOf(bucket).map((file) => [file.slice(bucket.length + 1), new Uint8Array(readFileSync(file))]);
  const root = new Uint8Array(readFileSync(join(folder, '0.root.json')));
  const map = Object.fromEntries(documents(count));
  const timed = (work) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const times = { verify: [], compile: [] };
  for (let round = 0; round < ROUNDS + 2; round += 1) {
    const verify = timed(() => {
      const found = wasm.verify_release(files, root, PROJECT, Date.now() / 1000);
      if (found !== count) throw new Error(`verified ${found} documents of ${count}`);
    });
    const compile = timed(() => CompiledBundle.compile(map).dispose());
    if (round >= 2 || ROUNDS === 1) {
      times.verify.push(verify);
      times.compile.push(compile);
    }
  }
  return { verify: median(times.verify), compile: median(times.compile) };
}

const cost = ({ seconds, mebibytes }) => `${(seconds * 1000).toFixed(0)} ms, ${mebibytes.toFixed(0)} MiB`;
const traffic = (log) => `${log.length}, ${kib(log.reduce((sum, { bytes }) => sum + bytes, 0))}`;

function report(releases) {
  return [
    '# What a release costs',
    '',
    'Written by `make bench`. Each decision has a table of 20 rows, an expression node and two test cases; the bucket is a',
    `local folder. The median of ${ROUNDS} runs of the command, starting it included, and the most memory that any held.`,
    '',
    ...describeMachine().map((line) => `- ${line}`),
    '',
    ...head(['decisions', 'bundle', 'bucket', 'pack', 'publish (compiles and tests)', 'verify']),
    ...releases.map((one) => row([one.count, kib(one.bundle), kib(one.written), cost(one.packed), cost(one.published), cost(one.verified)])),
    '',
    'A client’s refresh with its download, as requests and bytes of bodies:',
    '',
    ...head(['decisions', 'the first', 'nothing changed', 'one release changed']),
    ...releases.map(({ count, refreshed }) => row([count, traffic(refreshed.first), traffic(refreshed.unchanged), traffic(refreshed.changed)])),
    '',
    'In wasm under Node, verifying (signatures, digest, zip, documents) against compiling (the aim is a quarter or less):',
    '',
    ...head(['decisions', 'verify', 'compile', 'verify/compile']),
    ...releases.map(({ count, inWasm: { verify, compile } }) =>
      row([count, `${verify.toFixed(1)} ms`, `${compile.toFixed(1)} ms`, (verify / compile).toFixed(2)]),
    ),
    '',
  ].join('\n');
}

const releases = [];
for (const count of options.quick ? [10] : [10, 100, 1000]) releases.push(await release(count));
const text = report(releases);
if (!options.quick) writeFileSync(new URL('./releases.md', import.meta.url), text);
console.log(text);
