/** Last-known-good in IndexedDB. */

import type { Cache } from '../../releases/ports.js';
import { ofKind } from './kind.js';

const STORE = 'entries';

/**
 * What is kept in a database of this name, one transaction for each operation.
 * @throws DOMException where IndexedDB is missing, forbidden or full, at each use
 */
export function indexedDbCache(name = 'zen-edge'): Cache {
  let opened: IDBDatabase | undefined;

  /** Another page deletes the database, or the browser does: the next use opens it anew. */
  const forget = () => {
    opened?.close();
    opened = undefined;
  };

  async function database(): Promise<IDBDatabase> {
    if (opened !== undefined) return opened;
    const database = await openDatabase(name);
    if (opened !== undefined) {
      // Somebody else was as fast.
      database.close();
      return opened;
    }
    database.onversionchange = forget;
    database.onclose = forget;
    opened = database;
    return database;
  }

  async function transact<T>(mode: IDBTransactionMode, ask: (entries: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = begin(await database(), mode) ?? begin((forget(), await database()), mode);
    if (transaction === undefined) throw new DOMException(`the database \`${name}\` closes at once`, 'InvalidStateError');
    return settled(transaction, ask(transaction.objectStore(STORE)));
  }

  return ofKind('indexedDb', {
    async get(key, maxBytes) {
      const found = await transact<unknown>('readonly', (entries) => entries.get(key));
      return found instanceof Uint8Array && found.length <= maxBytes ? found : undefined;
    },
    async put(key, bytes) {
      // A copy: what is given may be a view of something larger, which would be kept whole.
      const copy = bytes.slice();
      await transact('readwrite', (entries) => entries.put(copy, key));
    },
    async delete(key) {
      await transact('readwrite', (entries) => entries.delete(key));
    },
  });
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** None if the connection was closed by the browser without telling us. */
function begin(database: IDBDatabase, mode: IDBTransactionMode): IDBTransaction | undefined {
  try {
    return database.transaction(STORE, mode);
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'InvalidStateError') return undefined;
    throw thrown;
  }
}

/** What a request came to, once its transaction is complete. */
function settled<T>(transaction: IDBTransaction, request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
    transaction.onerror = () => reject(transaction.error ?? request.error);
  });
}
