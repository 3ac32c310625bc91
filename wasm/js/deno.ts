/** Deno: the module is a file if the package is installed, and fetched if the package is imported by URL. */

import { readFileSync } from 'node:fs';
import { initialize } from './slim.js';

const url = new URL('./wasm/zen_edge_bg.wasm', import.meta.url);
await initialize(url.protocol === 'file:' ? readFileSync(url) : url);

export * from './slim.js';
