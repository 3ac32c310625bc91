/** Bun: the modules are imported as files, which `bun build` takes along, also into one executable. */

import { readFileSync } from 'node:fs';
import { directory } from './fs-loader.js';
import { provideDirectories } from './loader.js';
import { setReleasesModule } from './releases/module.js';
import { initializeSync } from './slim.js';
import engine from './wasm/zen_edge_bg.wasm' with { type: 'file' };
import releases from './wasm/zen_edge_releases_bg.wasm' with { type: 'file' };

// Such an import gives the file's path in Bun; its declared type is what workerd gives.
const read = (path: unknown) => readFileSync(path as string);
initializeSync(read(engine));
setReleasesModule(() => read(releases));
provideDirectories(directory);

export * from './slim.js';
