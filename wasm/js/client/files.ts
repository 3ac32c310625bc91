/** What a client can do where there are files, in Node, Deno and Bun: `zen-edge/files`. */

export { folderCache } from './caches/folder.js';
export { folderStore } from './stores/folder.js';
