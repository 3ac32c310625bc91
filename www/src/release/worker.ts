/** The worker that fetches, reads and verifies releases: hostile bytes stay off the page's thread. */

import { expose } from 'comlink';
import {
  initializeReleases,
  inspectEnvironment,
  openBundle,
  ReleaseError,
  StoreFailure,
  type Store,
  type StoreAnswer,
} from 'zen-edge/slim';
import wasm from 'zen-edge/zen_edge_releases.wasm?url';
import type { Refused, Releases } from './protocol';

/** The module is fetched when the first release is opened. */
const ready = (): Promise<void> => initializeReleases(new URL(wasm, import.meta.url));

const releases: Releases = {
  async read(source, digest) {
    await ready();
    return refusing(async () => {
      const bundle = await openBundle(source, digest === undefined ? {} : { digest });
      const utf8 = new TextDecoder();
      const documents = bundle.files.map(({ path }): [string, string] => [path, utf8.decode(bundle.document(path))]);
      return { release: bundle.release, documents };
    });
  },
  async inspect({ address, root }) {
    await ready();
    const [base, environment] = split(address);
    const sources = [{ name: new URL(base).host, store: fetched(base) }];
    return refusing(() => inspectEnvironment({ environment, trustedRoot: root, sources }));
  },
};

async function refusing<T>(work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    return { refused: { code: error.code, message: error.message } };
  }
}

/** The folder that holds an environment, and the environment's name. */
function split(address: string): [base: string, environment: string] {
  const plain = address.replace(/\/+$/, '');
  const end = plain.lastIndexOf('/') + 1;
  return [plain.slice(0, end), decodeURIComponent(plain.slice(end))];
}

/** Objects below an address, read no further than the caller allows. */
function fetched(base: string): Store {
  return {
    async get(key, { maxBytes, signal }): Promise<StoreAnswer> {
      const path = key.split('/').map(encodeURIComponent).join('/');
      const response = await fetch(base + path, { cache: 'no-cache', credentials: 'omit', signal });
      if (response.status === 404) return { status: 'missing' };
      if (!response.ok) throw StoreFailure.fromStatus(response.status, 'reading the environment');
      return { status: 'found', bytes: await bounded(response, maxBytes) };
    },
  };
}

async function bounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of chunks(response)) {
    length += part.length;
    if (length > maxBytes) throw new StoreFailure('tooLarge', `the answer is longer than ${maxBytes} bytes`);
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function* chunks({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

expose(releases);
