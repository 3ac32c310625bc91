/** Cloudflare Workers and workerd: the platform hands over the module, already compiled. */

import { initializeSync } from './slim.js';
import module from './wasm/zen_edge_bg.wasm';

initializeSync(module);

export * from './slim.js';
