// The fixtures that `xtask cases` lists.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `{ documents: [[key, JSON text]], cases }` of a folder and what `xtask cases` printed of it. */
export function readCases(folder, file) {
  const { keys, cases } = JSON.parse(readFileSync(file, 'utf8'));
  return { documents: keys.map((key) => [key, readFileSync(join(folder, key), 'utf8')]), cases };
}
