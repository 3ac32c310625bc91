/** Node: the modules are read from the files beside this one. */

import { readModule } from './files.js';
import { directory } from './fs-loader.js';
import { provideDirectories } from './loader.js';
import { setReleasesModule } from './releases/module.js';
import { initializeSync } from './slim.js';

initializeSync(readModule(() => new URL('./wasm/zen_edge_bg.wasm', import.meta.url), 'zen_edge.wasm'));
setReleasesModule(() => readModule(() => new URL('./wasm/zen_edge_releases_bg.wasm', import.meta.url), 'zen_edge_releases.wasm'));
provideDirectories(directory);

export * from './slim.js';
