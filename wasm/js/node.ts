/** Node: the module is read from the file beside this one. */

import { readFileSync } from 'node:fs';
import { initializeSync } from './slim.js';
import { setWorkspaceModule } from './workspace/module.js';

initializeSync(readFileSync(new URL('./wasm/zen_edge_bg.wasm', import.meta.url)));
setWorkspaceModule(() => readFileSync(new URL('./wasm/zen_edge_workspace_bg.wasm', import.meta.url)));

export * from './slim.js';
