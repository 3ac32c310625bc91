/** Cloudflare Workers and workerd: the platform hands over the modules, already compiled. */

import { setReleasesModule } from './releases/module.js';
import { initializeSync } from './slim.js';
import module from './wasm/zen_edge_bg.wasm';

initializeSync(module);
// Most Workers never load it, so that it is no part of their start.
setReleasesModule(async () => (await import('./wasm/zen_edge_releases_bg.wasm')).default);

export * from './slim.js';
