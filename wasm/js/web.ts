/** Browsers and bundlers: the module is fetched from beside this file. */

import { setReleasesModule } from './releases/module.js';
import { initialize } from './slim.js';

await initialize(new URL('./wasm/zen_edge_bg.wasm', import.meta.url));
setReleasesModule(() => new URL('./wasm/zen_edge_releases_bg.wasm', import.meta.url));

export * from './slim.js';
