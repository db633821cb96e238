import react from '@vitejs/plugin-react';
import {defaultClientConditions, defineConfig} from 'vite';

// Where `npm run dev` finds a cluster: that of `npm start`.
const cluster = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  // The packages of this repository by their sources: they are not built here.
  resolve: {conditions: ['@madang/source', ...defaultClientConditions]},
  build: {
    target: ['chrome111', 'safari16.4', 'firefox114'],
    // A data: URL in a style sheet would need a wider content security policy.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/api': cluster,
      '/auth': cluster,
      '/socket.io': {target: cluster, ws: true},
    },
  },
});
