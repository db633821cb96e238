import react from '@vitejs/plugin-react';
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';
import {emojiData} from './emoji-data.ts';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

// `npm run dev` uses this cluster, which is that of `npm start`.
const cluster = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), emojiData()],
  // The sources of this repository's packages, because they are not built here.
  resolve: {
    alias: [
      {find: /^@madang\/(client|react)$/, replacement: `${packages}$1/src/$1.ts`},
      {find: /^@madang\/client\/([\w-]+)$/, replacement: `${packages}client/src/$1.ts`},
    ],
  },
  // Scripts and style sheets find one another wherever they are served. The page names them by `/assets/…`, and the gateway
  // puts its path before that.
  experimental: {renderBuiltUrl: (_file, {hostType}) => (hostType === 'html' ? undefined : {relative: true})},
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
