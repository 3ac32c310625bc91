/** Bun: the module is imported as a file, which `bun build` takes along, also into one executable. */

import { readFileSync } from 'node:fs';
import { initializeSync } from './slim.js';
import file from './wasm/zen_edge_bg.wasm' with { type: 'file' };

// Such an import gives the file's path in Bun; its declared type is what workerd gives.
const path: unknown = file;
initializeSync(readFileSync(path as string));

export * from './slim.js';
