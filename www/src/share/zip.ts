/** The project as a zip that `zen-edge publish` takes. */

import { strToU8, zipSync, type Zippable } from 'fflate';
import type { Document } from '../model/document';
import type { ReleaseInfo } from '../release/open';

/** A moment for all entries, so that the same documents give the same bytes. */
const WHEN = new Date(1980, 0, 1);

/** Packs documents as they are now. It is unsigned, and has no version: publishing gives it a revision. */
export function packed(documents: Iterable<Document>, release: ReleaseInfo | undefined): Uint8Array<ArrayBuffer> {
  const entries: Zippable = {};
  if (release?.project) {
    const identity = { version: '1', project: { key: release.project } };
    entries['.config/project.json'] = [strToU8(JSON.stringify(identity)), { mtime: WHEN }];
  }
  for (const { key, text } of documents) entries[key] = [strToU8(text), { mtime: WHEN }];
  return new Uint8Array(zipSync(entries));
}
