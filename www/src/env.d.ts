/** Modules without types of their own. */

declare module 'monaco-editor/esm/vs/editor/edcore.main.js';
declare module 'monaco-editor/esm/vs/language/*';
declare module 'monaco-editor/esm/vs/basic-languages/*';
