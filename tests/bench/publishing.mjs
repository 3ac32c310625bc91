/** Releases for benchmarks: their documents, the command that publishes them, tables of figures. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chain, expressions, table } from './fixtures/graph.mjs';

const binary = fileURLToPath(new URL('../../target/release/zen-edge', import.meta.url));

/** The project of all of them. */
export const PROJECT = 'pricing';

/** Documents of a project: a table of 20 rows and an expression node each, with two test cases. */
export function documents(count) {
  const rows = Array.from({ length: 20 }, (_, row) => [`[${row * 50}..${row * 50 + 50})`, String(row)]);
  const write = (index) => {
    const due = `spent * (100 - discount) / 100 + ${index}`;
    const bands = table('bands', ['spent'], ['discount'], rows, { passThrough: true });
    const tests = [
      { input: { spent: 130 }, output: { due: Number((127.4 + index).toFixed(1)) } },
      { input: { spent: 30 }, output: { due: 30 + index } },
    ];
    return { ...chain(bands, expressions('price', { due })), tests };
  };
  return Array.from({ length: count }, (_, index) => [
    `area-${index % 10}/decision-${index}.json`,
    JSON.stringify(write(index)),
  ]);
}

/** Writes them into a folder, to be packed. */
export function writeDocuments(folder, count) {
  for (const [path, text] of documents(count)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs the command: its seconds and the most memory that it held, in MiB. */
export async function run(folder, ...args) {
  const start = process.hrtime.bigint();
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  let peak = 0;
  // The kernel keeps the high-water mark; the last look before the end is what counts.
  const look = () => {
    try {
      peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? peak);
    } catch {
      // It has ended.
    }
  };
  const watch = setInterval(look, 2);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`zen-edge ${args.join(' ')} ended with ${code}: ${errors}`);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, mebibytes: peak / 1024 };
}

/** The files below a folder. */
export function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Bytes, for people. */
export const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

/** A row of a table in Markdown. */
export const row = (cells) => `| ${cells.join(' | ')} |`;

/** The first two rows, with figures on the right. */
export const head = (names) => [row(names), row(names.map(() => '---:'))];
