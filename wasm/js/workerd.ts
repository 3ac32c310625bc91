/**
 * Cloudflare Workers and workerd: the platform hands over the engine's module, already compiled. The others
 * are not taken along, because a Worker's size has a limit: who needs one imports and initialises it.
 */

import { initializeSync } from './slim.js';
import module from './wasm/zen_edge_bg.wasm';

initializeSync(module);

export * from './slim.js';
