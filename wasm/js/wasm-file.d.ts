/**
 * What importing `zen-edge/zen_edge.wasm` gives. It is for the bundler to say: a URL, bytes, or a module
 * compiled already. Each of them is good for `initialize`.
 */

import type { ModuleSource } from './module.js';

declare const source: ModuleSource;
export default source;
