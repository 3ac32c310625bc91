/** Where an engine's documents come from. */

import { compiledOf, ZenDecisionContent } from './content.js';
import { answered } from './handlers.js';
import { invalid, isBytes } from './json.js';
import { openBundle } from './releases/open.js';
import type { ZenLoader, ZenLoaderAnswer } from './engine-types.js';
import type { Json, LoadedDocument, Loader } from './types.js';

/** Documents by key. */
export type DocumentMap = Map<string, Json>;

/** Where an engine's documents come from, whatever was configured. */
export interface DocumentSource {
  /** The documents that are known in advance, read anew at each call. */
  documents?: () => DocumentMap | Promise<DocumentMap>;
  /** Finds every other document, when it is needed. */
  load: Loader;
  /** Whether a document that is no decision is an error of the caller's. */
  strict?: boolean;
}

/** A folder of documents. */
export interface Directory {
  /** Every `.json` file below the folder, by its path with `/`. */
  documents(): DocumentMap;
  /** One file, or nothing if there is none. Never one outside of the folder. */
  read(key: string): Uint8Array | undefined;
}

let openDirectory: ((path: string) => Directory) | undefined;

/** Tells how folders are read: entries of environments that have files do. */
export function provideDirectories(open: (path: string) => Directory): void {
  openDirectory = open;
}

/** The source of the documents that a loader means. @throws ZenError `invalid` */
export function documentSource(loader: ZenLoader | undefined): DocumentSource {
  if (loader === undefined) return { load: missingLoader };
  if (typeof loader === 'function') {
    return { load: (key) => answered(() => loader(key), document) };
  }
  switch (loader?.type) {
    case 'static':
      return staticSource(loader.content);
    case 'fs':
      return folderSource(loader.path);
    case 'zip':
      return zipSource(loader.bytes);
    default:
      throw invalid('`loader` is a function or an object whose `type` is `static`, `fs` or `zip`');
  }
}

function missingLoader(): never {
  throw new Error('Loader is undefined');
}

function staticSource(content: Record<string, Json>): DocumentSource {
  if (typeof content !== 'object' || content === null) {
    throw invalid('the static loader needs `content`: an object of documents by key');
  }
  return { documents: () => new Map(Object.entries(content)), load: () => undefined, strict: true };
}

function folderSource(path: string): DocumentSource {
  if (typeof path !== 'string') throw invalid('the fs loader needs `path`: the folder of the documents');
  if (!openDirectory) {
    throw invalid(
      'the fs loader needs files: import `zen-edge` in Node, Deno or Bun; elsewhere use the static, zip or function loader',
    );
  }
  const directory = openDirectory(path);
  return { documents: () => directory.documents(), load: (key) => directory.read(key) };
}

function zipSource(bytes: Uint8Array): DocumentSource {
  if (!isBytes(bytes)) throw invalid('the zip loader needs `bytes`: a release zip as a Uint8Array');
  // "PK": what is no archive at all is refused at once, as native does; the rest is read later.
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) throw invalid('the bytes of the zip loader are not a zip archive');
  return {
    documents: async () => new Map((await openBundle(bytes)).documents()),
    load: () => undefined,
  };
}

/** What a loader function answered. */
function document(answer: ZenLoaderAnswer): LoadedDocument {
  if (answer === null || answer === undefined) return answer;
  if (answer instanceof ZenDecisionContent) return compiledOf(answer);
  if (typeof answer !== 'object' && typeof answer !== 'string') {
    throw new TypeError(`the loader answered a ${typeof answer}; it answers a document, or nothing`);
  }
  return answer;
}
