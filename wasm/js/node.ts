/** Node: the module is read from the file beside this one. */

import { initializeSync } from './slim.js';
import { readModule } from './files.js';

initializeSync(readModule(() => new URL('./wasm/zen_edge_bg.wasm', import.meta.url), 'zen_edge.wasm'));

export * from './slim.js';
