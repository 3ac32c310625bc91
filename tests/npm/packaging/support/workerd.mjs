// A Worker in workerd, bundled by esbuild as Wrangler does.

import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import workerd from 'workerd';
import { freePorts, start, until } from '../../../worker/support/processes.mjs';

/** Bundles `entry` of a project and serves it; gives its URL. */
export async function serveWorker(t, folder, entry) {
  const out = join(folder, 'worker');
  await build({ absWorkingDir: folder, entryPoints: [entry], outfile: join(out, 'worker.mjs'), bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], external: ['*.wasm'], logLevel: 'error' });
  cpSync(join(folder, 'node_modules/zen-edge/dist/wasm'), join(out, 'wasm'), { recursive: true });
  const modules = readdirSync(join(out, 'wasm')).filter((name) => name.endsWith('.wasm'))
    .map((name) => `(name = "wasm/${name}", wasm = embed "wasm/${name}")`);
  const [port] = await freePorts(1);
  writeFileSync(join(out, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main)],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );
    const main :Workerd.Worker = (
      compatibilityDate = "2026-11-01",
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs"), ${modules.join(', ')}],
    );`);
  const server = start(t, workerd.default ?? workerd, ['serve', 'config.capnp'], { cwd: out });
  const url = `http://127.0.0.1:${port}/`;
  // Any answer will do: it listens.
  await until(() => fetch(url, { method: 'HEAD' }), 'workerd', server);
  return url;
}
