/** Deno: the modules are files if the package is installed, and fetched if it is imported by URL. */

import { readFileSync } from 'node:fs';
import { directory } from './fs-loader.js';
import { provideDirectories } from './loader.js';
import { setReleasesModule } from './releases/module.js';
import { initialize } from './slim.js';

const source = (url: URL) => (url.protocol === 'file:' ? readFileSync(url) : url);
await initialize(source(new URL('./wasm/zen_edge_bg.wasm', import.meta.url)));
setReleasesModule(() => source(new URL('./wasm/zen_edge_releases_bg.wasm', import.meta.url)));
provideDirectories(directory);

export * from './slim.js';
