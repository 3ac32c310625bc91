/** Last-known-good in a folder: Node, Deno and Bun. */

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cache } from '../../releases/ports.js';
import { ofKind } from './kind.js';

/** After how long a temporary file was left behind by a process that died, in milliseconds. */
const ABANDONED = 60 * 60 * 1000;

/**
 * What is kept in a folder, which is made if it is not there. Several processes may share it: a file is
 * written beside its place and moved there, so that a reader sees the old bytes or the new ones.
 *
 * ```js
 * const client = await createClient({ …, cache: folderCache('/var/lib/my-app/rules') });
 * ```
 */
export function folderCache(path: string): Cache {
  // Keys are of any length and hold what not every file system takes.
  const place = (key: string) => join(path, createHash('sha256').update(key).digest('hex'));
  let tidied = false;
  return ofKind('folder', {
    async get(key, maxBytes) {
      const file = await open(place(key), 'r').catch(unlessMissing);
      if (file === undefined) return undefined;
      try {
        const { size } = await file.stat();
        if (size > maxBytes) return undefined;
        // Not `readFile`: what grows meanwhile is not read on.
        const bytes = new Uint8Array(size);
        const { bytesRead } = await file.read(bytes, 0, size, 0);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    async put(key, bytes) {
      await mkdir(path, { recursive: true });
      if (!tidied) {
        tidied = true;
        await removeAbandoned(path);
      }
      const temporary = join(path, `${randomUUID()}.tmp`);
      try {
        await writeWhole(temporary, bytes);
        await rename(temporary, place(key));
      } catch (thrown) {
        await rm(temporary, { force: true });
        throw thrown;
      }
    },
    async delete(key) {
      await rm(place(key), { force: true });
    },
  });
}

/** Writes a file that is on the disk before its name is: a machine that fails leaves the one before. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeAbandoned(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.endsWith('.tmp')) continue;
    const found = await stat(join(path, name)).catch(unlessMissing);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED) await rm(join(path, name), { force: true });
  }
}

function unlessMissing(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code !== 'ENOENT') throw thrown;
}
