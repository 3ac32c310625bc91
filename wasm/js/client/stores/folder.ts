/** A folder that has an environment's files: Node, Deno and Bun. */

import { createHash } from 'node:crypto';
import { open, opendir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreFailure, type Store } from '../../releases/ports.js';
import { reading } from './failures.js';
import { checkKey } from './keys.js';

/** How many files a folder may have to be listed: as many as a page of a store may, in `wasm/releases`. */
const MAX_FILES = 10_000;

/**
 * A store in a folder, such as a volume that replicas are mounted from: the object `key` is the file
 * `<folder>/<key>`.
 *
 * ```js
 * const client = await createClient({ sources: [{ name: 'disk', store: folderStore('/srv/rules') }], … });
 * ```
 */
export function folderStore(folder: string | URL): Store {
  const root = resolve(folder instanceof URL || folder.startsWith('file:') ? fileURLToPath(folder) : folder);
  return {
    async get(key, { maxBytes, ifNoneMatch }) {
      checkKey(key);
      const bytes = await read(place(root, key), maxBytes, reading(key));
      if (bytes === undefined) return { status: 'missing' };
      const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
      return etag === ifNoneMatch ? { status: 'notModified' } : { status: 'found', bytes, etag };
    },
    async list(prefix) {
      const what = `listing \`${prefix}\``;
      if (prefix !== '') checkKey(prefix.replace(/\/$/, ''));
      const names = await filesIn(place(root, prefix), what);
      const objects = names.map(async (name) => {
        const found = await stat(place(root, prefix + name)).catch(failed(what));
        return found && { key: prefix + name, length: found.size, etag: `"${found.size}-${found.mtimeMs}"` };
      });
      return { objects: (await Promise.all(objects)).filter((object) => object !== undefined) };
    },
  };
}

/** A key's file. A drive or a device (`C:`, `\\.\`) is not below the folder, though no `..` leads there. */
function place(root: string, key: string): string {
  const path = join(root, key);
  const way = relative(root, path);
  if (way.startsWith('..') || isAbsolute(way)) throw new StoreFailure('invalid', `${reading(key)} failed: it is not below the folder`);
  return path;
}

/** The names of a folder's files; none if there is no such folder. */
async function filesIn(path: string, what: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of (await opendir(path).catch(failed(what))) ?? []) {
    if (entry.isFile()) names.push(entry.name);
    if (names.length > MAX_FILES) throw new StoreFailure('tooLarge', `${what} failed: there are more than ${MAX_FILES} files`);
  }
  return names;
}

async function read(path: string, maxBytes: number, what: string): Promise<Uint8Array | undefined> {
  const file = await open(path, 'r').catch(failed(what));
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new StoreFailure('tooLarge', `${what} failed: it is longer than ${maxBytes} bytes`);
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    if (bytesRead !== size) throw new StoreFailure('interrupted', `${what} failed: ${bytesRead} of ${size} bytes came`);
    return bytes;
  } catch (thrown) {
    throw thrown instanceof StoreFailure ? thrown : new StoreFailure('unavailable', `${what} failed: ${codeOf(thrown)}`, { cause: thrown });
  } finally {
    await file.close();
  }
}

const codeOf = (thrown: unknown) => String((thrown as NodeJS.ErrnoException).code ?? thrown);

/** Nothing if there is no such file; whatever else is a failure. */
function failed(what: string) {
  return (thrown: unknown): undefined => {
    const code = codeOf(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const kind = code === 'EACCES' || code === 'EPERM' ? 'denied' : 'unavailable';
    throw new StoreFailure(kind, `${what} failed: ${code}`, { cause: thrown });
  };
}
