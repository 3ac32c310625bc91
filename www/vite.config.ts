/** How the page is built: static files with relative addresses, which any web server can serve. */

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * What the page may do. Scripts come from its own origin only; `wasm-unsafe-eval` lets it compile
 * wasm and nothing else. Styles are written at run time by antd and by the editors. The page asks
 * other origins only for addresses that its user types in or its settings name: a release, a region.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the policy into the page, and into `_headers`, which static hosts (and our tests) read. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
  ],
  generateBundle() {
    const lines = [
      '/*',
      `  Content-Security-Policy: ${POLICY}; frame-ancestors 'none'`,
      '  X-Content-Type-Options: nosniff',
      '  Referrer-Policy: no-referrer',
      '',
    ];
    this.emitFile({ type: 'asset', fileName: '_headers', source: lines.join('\n') });
  },
};

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy],
  resolve: {
    // The graph editor imports all of Monaco; the page needs two of its languages.
    alias: [{ find: /^monaco-editor$/, replacement: new URL('./src/editor/monaco.ts', import.meta.url).pathname }],
    dedupe: ['react', 'react-dom', 'antd'],
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Preloading by script tags is what the module graph does anyway.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 10_000,
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
  },
});
