/** A source of which one tab reads the metadata for all. */

import { StoreFailure, type Store, type StoreAnswer, type StoreRequest } from '../../releases/ports.js';
import { reading } from '../stores/failures.js';

/** How many bytes of metadata are told to other tabs; a source that has more is read by each. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What a source said of an object: its bytes, or that there is none. */
export type Told = { bytes: Uint8Array; etag?: string } | null;

/** What sources said of metadata: by source, then by key. */
export type Readings = Map<string, Map<string, Told>>;

const isPointer = (key: string) => key.endsWith('/metadata/timestamp.json');
const isMetadata = (key: string) => key.includes('/metadata/');
const isRoot = (key: string) => key.endsWith('.root.json');

/**
 * A store that notes what it reads, and answers from what another tab noted while there is something.
 * What other tabs say is as hostile as what a bucket says, and verified like it.
 */
export class SharedStore implements Store {
  readonly name: string;
  list?: NonNullable<Store['list']>;
  readonly #store: Store;
  #notes = new Map<string, Told>();
  #told: Map<string, Told> | undefined;
  #answered = false;
  readonly #closing = new AbortController();

  constructor(name: string, store: Store) {
    this.name = name;
    this.#store = store;
    // A store that cannot list must not look as if it could.
    const list = store.list?.bind(store);
    if (list !== undefined) this.list = list;
  }


  async get(key: string, request: StoreRequest): Promise<StoreAnswer> {
    if (this.#told !== undefined && !request.origin) {
      const answer = answerOf(this.#told.get(key), request);
      if (answer !== undefined) {
        this.#note(key, answer);
        return answer;
      }
      if (isPointer(key)) throw new StoreFailure('unsupported', `${reading(key)} failed: the tab that polls has no answer of this source`);
    }
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const answer = await this.#store.get(key, { ...request, signal });
    this.#note(key, answer);
    return answer;
  }

  /** A refresh begins, on what another tab noted, if that is given. */
  begin(readings: Readings | undefined): void {
    this.#answered = false;
    this.#told = readings === undefined ? undefined : readings.get(this.name) ?? new Map<string, Told>();
  }

  /** What this source said of metadata; none if it did not answer since the refresh began, or said more than may be told. */
  notes(): Map<string, Told> | undefined {
    let bytes = 0;
    for (const told of this.#notes.values()) bytes += told?.bytes.length ?? 0;
    return this.#answered && bytes <= MAX_BYTES ? this.#notes : undefined;
  }

  /** Gives up what is under way, and asks for nothing more. */
  close(): void {
    this.#closing.abort();
  }

  #note(key: string, answer: StoreAnswer): void {
    if (!isMetadata(key)) return;
    if (isPointer(key)) this.#answered = answer.status !== 'missing';
    if (answer.status === 'notModified') return;
    if (isPointer(key)) {
      // What belonged to the pointer before goes with it; roots are a chain.
      this.#notes = new Map([...this.#notes].filter(([noted]) => isRoot(noted)));
    }
    if (answer.status === 'found') {
      const { bytes, etag } = answer;
      this.#notes.set(key, { bytes, ...(etag === undefined ? {} : { etag }) });
    } else if (isRoot(key)) {
      this.#notes.set(key, null);
    }
  }
}

/** None if nobody told of the object. If what was told is refused, the source is asked itself. */
function answerOf(told: Told | undefined, request: StoreRequest): StoreAnswer | undefined {
  if (told === undefined) return undefined;
  if (told === null) return { status: 'missing' };
  if (told.etag !== undefined && told.etag === request.ifNoneMatch) return { status: 'notModified' };
  return told.bytes.length <= request.maxBytes ? { status: 'found', ...told, cached: true } : undefined;
}
