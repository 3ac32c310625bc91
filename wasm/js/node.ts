/** Node: the module is read from the file beside this one. */

import { readFileSync } from 'node:fs';
import { directory } from './fs-loader.js';
import { provideDirectories } from './loader.js';
import { initializeSync } from './slim.js';

provideDirectories(directory);
initializeSync(readFileSync(new URL('./wasm/zen_edge_bg.wasm', import.meta.url)));

export * from './slim.js';
