/** What a client can do where there are files: exported by the entries of Node, Deno and Bun alone. */

export { folderCache } from './caches/folder.js';
export { folderStore } from './stores/folder.js';
