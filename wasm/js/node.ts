/** Node: the module is read from the file beside this one. */

import { directory } from './fs-loader.js';
import { provideDirectories } from './loader.js';
import { initializeSync } from './slim.js';
import { readModule } from './files.js';

provideDirectories(directory);
initializeSync(readModule(() => new URL('./wasm/zen_edge_bg.wasm', import.meta.url), 'zen_edge.wasm'));

export * from './slim.js';
