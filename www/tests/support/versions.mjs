// A newer version of the built page: the same, with other names for its files, as if all had changed.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dist } from './server.mjs';

/** The title of the newer version. */
export const NEWER = 'the newer version';

/** Writes the newer version into a folder. */
export function newerVersion(folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(dist, folder, { recursive: true });
  const names = readdirSync(join(folder, 'assets'));
  const renamed = (text) => names.reduce((all, name) => all.replaceAll(name, newer(name)), text);
  const rewrite = (path, change) => writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
  for (const name of names) {
    if (/\.(js|css)$/.test(name)) rewrite(`assets/${name}`, renamed);
    renameSync(join(folder, 'assets', name), join(folder, 'assets', newer(name)));
  }
  rewrite('index.html', (text) => renamed(text).replace(/<title>.*<\/title>/, `<title>${NEWER}</title>`));
  const revision = (path, from) => createHash('md5').update(readFileSync(join(from, path))).digest('hex');
  rewrite('sw.js', (text) => renamed(text).replace(revision('index.html', dist), revision('index.html', folder)));
}

const newer = (name) => name.replace(/(\.\w+)$/, '-newer$1');
