/** A tree as the list of its visible rows. */

/** A folder or a document. */
export interface Row {
  /** The document's key, or the folder's path with a slash behind it. */
  key: string;
  title: string;
  folder: boolean;
  /** Whether a folder shows what is in it. */
  open: boolean;
  depth: number;
  /** The row of the folder that it is in; its own for those at the top. */
  parent: number;
  /** Which of how many in its folder, from 1. */
  place: number;
  siblings: number;
}

interface Folder {
  folders: Map<string, Folder>;
  documents: string[];
}

/** The rows of the documents' tree: in each folder its folders first, then its documents. */
export function rowsOf(keys: readonly string[], isOpen: (folder: string) => boolean): Row[] {
  const root: Folder = { folders: new Map(), documents: [] };
  for (const key of keys) {
    let folder = root;
    let end = key.indexOf('/') + 1;
    for (let begin = 0; end > 0; begin = end, end = key.indexOf('/', begin) + 1) {
      const name = key.slice(begin, end);
      const next = folder.folders.get(name) ?? { folders: new Map(), documents: [] };
      folder.folders.set(name, next);
      folder = next;
    }
    folder.documents.push(key);
  }
  const rows: Row[] = [];
  list(root, '', 0, -1);
  return rows;

  function list({ folders, documents }: Folder, path: string, depth: number, parent: number): void {
    const siblings = folders.size + documents.length;
    let place = 0;
    const push = (key: string, title: string, folder: boolean, open: boolean): number => {
      place += 1;
      const index = rows.length;
      rows.push({ key, title, folder, open, depth, parent: parent < 0 ? index : parent, place, siblings });
      return index;
    };
    for (const [name, inner] of folders) {
      const open = isOpen(path + name);
      const index = push(path + name, name.slice(0, -1), true, open);
      if (open) list(inner, path + name, depth + 1, index);
    }
    for (const key of documents) push(key, key.slice(path.length), false, false);
  }
}
