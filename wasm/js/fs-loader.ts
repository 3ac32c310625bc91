/** Documents in a folder. Only entries of environments that have files import this. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Directory, DocumentMap } from './loader.js';

/** Opens a folder; one that does not exist holds nothing, as with `@gorules/zen-engine`. */
export function directory(path: string): Directory {
  const root = resolve(path);
  return { documents: () => documents(root), read: (key) => read(root, key) };
}

function documents(root: string): DocumentMap {
  const found: DocumentMap = new Map();
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entries(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && entry.name.endsWith('.json')) {
        found.set(relative(root, path).split(sep).join('/'), readFileSync(path));
      }
    }
  }
  return found;
}

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Keys come from rules: one that leads out of the folder finds nothing. */
function read(root: string, key: string): Uint8Array | undefined {
  const path = resolve(root, key);
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
