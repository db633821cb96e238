import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';

const root = fileURLToPath(new URL('src/page', import.meta.url));

// One page for customers, one for agents.
export default defineConfig({
  root,
  build: {
    outDir: '../../dist',
    emptyOutDir: true,
    rolldownOptions: {input: [`${root}/index.html`, `${root}/agent.html`]},
  },
});
