/** How the page is built: static files with relative addresses, which any web server can serve. */

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

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
  "manifest-src 'self'",
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
      // Their names change with their content.
      '/assets/*',
      '  Cache-Control: public, max-age=31536000, immutable',
      '',
    ];
    this.emitFile({ type: 'asset', fileName: '_headers', source: lines.join('\n') });
  },
};

/** The service worker, with the list of all files that the page is made of; and what an installed page is called. */
const offline = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'service-worker',
  filename: 'sw.ts',
  injectRegister: false,
  // It is among the files already.
  includeManifestIcons: false,
  injectManifest: {
    rollupFormat: 'iife',
    globPatterns: ['**/*'],
    // What is for the host, what the host may change, what is read by people only; and the manifest, which is
    // added to the list in any case.
    globIgnores: ['_headers', 'settings.json', '*licenses.md', 'manifest.webmanifest'],
    // What Cloudflare takes of a file.
    maximumFileSizeToCacheInBytes: 25 * 1024 * 1024,
  },
  integration: {
    configureCustomSWViteBuild: ({ build }) => {
      if (build) build.license = { fileName: 'sw-licenses.md' };
    },
  },
  manifest: {
    name: 'zen-edge simulator',
    short_name: 'zen-edge',
    description: 'Try decision models in the browser: nothing leaves the page',
    theme_color: '#1f4b99',
    icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' }],
  },
});

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy, offline],
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
