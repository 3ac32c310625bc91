/** The package's wasm files, read from the disk. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Reads a module from the file that an entry names. A bundler may have moved the entry's code without
 * the file: then the file is looked up as the package's export.
 * @throws Error if neither is there
 */
export function readModule(file: () => URL, name: string): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(file());
  } catch (cause) {
    try {
      // Bundlers that write CommonJS leave `import.meta` empty. Taken apart, so that none follows the call.
      const { resolve } = createRequire(import.meta.url ?? __filename);
      return readFileSync(resolve(`zen-edge/${name}`));
    } catch {
      const advice = 'keep zen-edge out of the bundle (external), or copy zen-edge/dist/wasm to the folder `wasm` beside the bundle';
      throw new Error(`zen-edge/${name} cannot be read: ${advice}`, { cause });
    }
  }
}
