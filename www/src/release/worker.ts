/** The worker that fetches, reads and verifies releases: hostile bytes stay off the page's thread. */

import { expose } from 'comlink';
import {
  initializeReleases,
  inspectEnvironment,
  openBundle,
  ReleaseError,
  StoreFailure,
  type OpenedBundle,
  type Store,
  type StoreAnswer,
} from 'zen-edge/slim';
import wasm from 'zen-edge/zen_edge_releases.wasm?url';
import { bounded, TooLong } from '../net/bounded';
import type { ReadRelease, Refused, Releases } from './protocol';
import { openServed } from './served';

/** The module is fetched when the first release is opened. */
const ready = (): Promise<void> => initializeReleases(new URL(wasm, import.meta.url));

const releases: Releases = {
  async read(source, digest) {
    await ready();
    return refusing(async () => told(await openBundle(source, digest === undefined ? {} : { digest })));
  },
  async readServed(zip, digest) {
    await ready();
    return refusing(async () => told(await openServed(zip, digest)));
  },
  async inspect({ address, root }) {
    await ready();
    const [base, environment] = split(address);
    const sources = [{ name: new URL(base).host, store: fetched(base) }];
    return refusing(() => inspectEnvironment({ environment, trustedRoot: root, sources }));
  },
};

function told(bundle: OpenedBundle): ReadRelease {
  const utf8 = new TextDecoder();
  return { release: bundle.release, documents: bundle.files.map(({ path }) => [path, utf8.decode(bundle.document(path))]) };
}

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
      return { status: 'found', bytes: await read(response, maxBytes) };
    },
  };
}

async function read(response: Response, maxBytes: number): Promise<Uint8Array> {
  try {
    return await bounded(response, maxBytes);
  } catch (error) {
    if (error instanceof TooLong) throw new StoreFailure('tooLarge', error.message);
    throw error;
  }
}

expose(releases);
