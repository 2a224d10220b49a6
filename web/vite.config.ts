/**
 * How the page is built: one folder of hashed files that the gateway serves from its own address. Nothing is fetched
 * from elsewhere and no script is inline, so the page runs under a content security policy of `self`.
 */
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The first versions with `light-dark()` and `:has()`, on which the theme stands.
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    // Data URLs would need `data:` in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // React, the chart and the schemas are one page's code; the warning's default is meant for sites of many pages.
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
});
