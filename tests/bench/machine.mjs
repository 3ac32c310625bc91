/** What a measurement was taken on, and of what. */

import { createRequire } from 'node:module';
import { arch, cpus, platform } from 'node:os';
import { engineVersion, version } from '../../wasm/dist/node.js';

const require = createRequire(import.meta.url);

/** Lines for the report: machine, versions, date. */
export function describeMachine() {
  const cores = cpus();
  const native = require('@gorules/zen-engine-linux-x64-gnu/package.json');
  return [
    `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores, ${platform()} ${arch()}`,
    `Node ${process.versions.node} (V8 ${process.versions.v8}), ${new Date().toISOString().slice(0, 10)}`,
    `zen-edge ${version()} with ZEN engine ${engineVersion()} (wasm and native Rust), @gorules/zen-engine ${native.version} (native Node)`,
  ];
}
