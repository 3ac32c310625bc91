/** Objects' keys, in addresses and in files' paths. */

import { StoreFailure } from '../../releases/ports.js';
import { reading } from './failures.js';

/**
 * Checks that a key names an object below its prefix in an address and in a folder, too: `.`, `..` and
 * empty segments would be resolved on the way.
 * @throws StoreFailure `invalid`
 */
export function checkKey(key: string): void {
  const sound = (part: string) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part);
  if (!key.split('/').every(sound)) throw new StoreFailure('invalid', `${reading(key)} failed: no object can have such a key`);
}

/** A key percent-encoded for the path of an address. */
export function encodedKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
