/** `xtask bench-native`, or another of its tools, as a child process: one JSON request a line, one JSON reply a line. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const xtask = fileURLToPath(new URL('../../target/release/xtask', import.meta.url));

/** Starts the server, which `make bench` has built. */
export function startNative(tool = 'bench-native') {
  const child = spawn(xtask, [tool], { stdio: ['pipe', 'pipe', 'inherit'] });
  // A server that has gone shows as replies that have ended.
  child.stdin.on('error', () => {});
  const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Sends one request and waits for its reply. */
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await replies.next();
      if (done) throw new Error('native Rust has ended; its last words are above');
      const reply = JSON.parse(value);
      if (reply.error !== undefined) throw new Error(`native Rust: ${reply.error}`);
      return reply;
    },
    stop: () => child.stdin.end(),
  };
}
