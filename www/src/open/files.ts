/** Opening files and folders: from the file dialog, or dropped on the page. */

import { document, MAX_DOCUMENTS, type Document } from '../model/document';
import type { ReleaseInfo } from '../release/open';

/** What was opened. */
export interface Opened {
  /** What to call it. */
  name: string;
  documents: Document[];
  /** Which release it is, if it is one. */
  release?: ReleaseInfo;
}

/** Nothing could be opened; the message says why, for the user. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/** A file with its path below what was opened. */
export interface FileAt {
  path: string;
  file: File;
}

/** Most bytes of all files together. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads loose files as documents. @throws OpenError */
export async function openFiles(files: readonly FileAt[]): Promise<Opened> {
  const wanted = files.filter(({ path }) => !hidden(path));
  if (wanted.length === 0) throw new OpenError('there is no file to read in what you gave');
  if (wanted.length > MAX_DOCUMENTS) {
    throw new OpenError(`there are ${wanted.length} files; at most ${MAX_DOCUMENTS} can be opened`);
  }
  const bytes = wanted.reduce((sum, { file }) => sum + file.size, 0);
  if (bytes > MAX_BYTES) throw new OpenError(`the files are longer than ${MAX_BYTES / 1024 / 1024} MiB together`);
  const root = commonFolder(wanted.map(({ path }) => path));
  const documents = await Promise.all(
    wanted.map(async ({ path, file }) => document(path.slice(root.length), await file.text())),
  );
  const collision = firstCollision(documents);
  if (collision) throw new OpenError(`two files differ only in case: \`${collision}\``);
  const name = root.replace(/\/$/, '').split('/').pop() || (wanted[0]?.path ?? 'files');
  return { name, documents };
}

/** The files of a file dialog. */
export function chosen(list: FileList): FileAt[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The files that were dropped, those of folders included. */
export async function dropped(transfer: DataTransfer): Promise<FileAt[]> {
  // The entries must be taken before the first await: the transfer is emptied afterwards.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // Files that no file system holds, such as those that a script drops, have no entries.
  if (entries.length === 0) return chosen(transfer.files);
  const found: FileAt[] = [];
  for (const entry of entries) await walk(entry, '', found);
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: FileAt[]): Promise<void> {
  if (found.length > MAX_DOCUMENTS) return;
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) await walk(child, `${path}/`, found);
  }
}

/** Files that no reader of rules takes for documents: `.config`, `.git`, `.DS_Store`. */
function hidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === 'node_modules');
}

function commonFolder(paths: readonly string[]): string {
  const first = paths[0] ?? '';
  const end = first.indexOf('/') + 1;
  const folder = first.slice(0, end);
  return paths.every((path) => path.startsWith(folder)) ? folder : '';
}

function firstCollision(documents: readonly Document[]): string | undefined {
  const seen = new Set<string>();
  for (const { key } of documents) {
    const folded = key.toLowerCase();
    if (seen.has(folded)) return key;
    seen.add(folded);
  }
  return undefined;
}
