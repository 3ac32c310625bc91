// Processes, ports and folders of a test; all end with it.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a suite's tests share, and what is to be done after the last of them. */
export function scope() {
  const ends = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => ends.push(end) };
}

/** A folder that is removed at the end. */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'zen-edge-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Ports that were free a moment ago. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A process whose output is kept in `log`. */
export function start(t, command, parameters, options = {}) {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const running = { child, log: '', ended: new Promise((resolve) => child.once('exit', resolve)) };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { running.log += chunk; });
  running.kill = async () => {
    child.kill('SIGKILL');
    await running.ended;
  };
  t.after(running.kill);
  return running;
}

/**
 * Waits until `look` gives something, for a minute; fails at once if the process has ended.
 * @param {() => unknown} look
 * @param {string} what
 * @param {{ child: import('node:child_process').ChildProcess, log: string }} [process]
 */
export async function until(look, what, process) {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await Promise.resolve().then(look).catch(() => undefined);
    if (found) return found;
    if (process !== undefined && process.child.exitCode !== null) throw new Error(`${what}: the process has ended\n${process.log}`);
    if (Date.now() > end) throw new Error(`${what}: not within a minute\n${process?.log ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
