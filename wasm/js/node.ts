/** Node: the module is read from the file beside this one. */

import { initializeSync } from './slim.js';
import { readModule } from './files.js';
import { setReleasesModule } from './releases/module.js';

initializeSync(readModule(() => new URL('./wasm/zen_edge_bg.wasm', import.meta.url), 'zen_edge.wasm'));

setReleasesModule(() => readModule(() => new URL('./wasm/zen_edge_releases_bg.wasm', import.meta.url), 'zen_edge_releases.wasm'));

export * from './client/files.js';
export * from './slim.js';
