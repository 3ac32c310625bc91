// The Worker in Miniflare: Cloudflare's platform with simulators of R2, the Cache API, queues and
// Analytics Engine.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { root } from './processes.mjs';
import { client } from './region.mjs';

const dist = join(root, 'worker/dist');
export const COMPATIBILITY_DATE = '2026-11-01';

/** The Worker's modules; `replaced` has others in place of some. */
export function modules(replaced = {}) {
  const kinds = { 'index.js': 'ESModule', 'zen_edge_worker.wasm': 'CompiledWasm', 'baked-in.zip': 'Data' };
  const all = Object.entries(kinds).map(([name, type]) => ({ type, path: name, contents: replaced[name] ?? readFileSync(join(dist, name)) }));
  return all.map((module) => (module.type === 'ESModule' ? { ...module, contents: module.contents.toString() } : module));
}

/**
 * The Worker's entry with something around it: `before` is code ahead of it, and the expression
 * `around` a function of its handlers that gives those in their place.
 */
export function wrapped(before, around) {
  const text = readFileSync(join(dist, 'index.js'), 'utf8');
  const [all, name] = /export \{\s*(\w+) as default\s*\};/.exec(text);
  return text.replace(all, () => `${before}\nexport default (${around})(${name});`);
}

/**
 * Starts the Worker. `variables` are its vars and secrets, `options` Miniflare's for it; `alike` names
 * further isolates of it in the same data centre, `others` are Workers beside it.
 */
export async function startWorker(t, variables, { replaced = {}, alike = [], others = [], cf = false, ...options } = {}) {
  const logged = [];
  const log = new class extends Log {
    log(message) { logged.push(message); }
  }(LogLevel.INFO);
  const worker = {
    name: 'zen-edge',
    modules: modules(replaced),
    modulesRoot: '/',
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: variables,
    ...options,
  };
  const miniflare = new Miniflare(convertV4MiniflareOptions({ workers: [worker, ...alike.map((name) => ({ ...worker, name })), ...others], log, logRequests: false, cf, handleStructuredLogs: ({ message }) => logged.push(message) }));
  t.after(() => miniflare.dispose());
  const region = { miniflare, url: String(await miniflare.ready).replace(/\/$/, ''), logged };
  return client(region);
}
