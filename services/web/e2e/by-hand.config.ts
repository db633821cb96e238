import {sdkAliases} from '@madang/processes/sdk-source-of';
import {defineConfig} from 'vitest/config';

/** Programs that are run by hand with the stage of the tests: `npm run tour` and `npm run bench:web`. */
const byHand = (name: string) => ({
  test: {
    name,
    include: [`services/web/e2e/${name}.ts`],
    globalSetup: ['packages/testkit/src/global-setup.ts', 'services/web/e2e/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});

export default defineConfig({
  resolve: {alias: sdkAliases},
  root: new URL('../../..', import.meta.url).pathname,
  test: {pool: 'forks', projects: [byHand('tour'), byHand('bench')]},
});
