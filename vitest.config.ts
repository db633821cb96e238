import {defineConfig} from 'vitest/config';

const needsServers = ['**/*.int.test.ts', 'services/gateway/test/**/*.test.ts'];
const notOurs = ['**/node_modules/**', '**/dist/**', '**/.madang/**'];

export default defineConfig({
  test: {
    // Node runs the sources as they are in production, so it does in the tests: each file in a process of its own.
    pool: 'forks',
    // Two cores carry Postgres, Redis and the gateways of the tests, too.
    maxWorkers: 2,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...notOurs, ...needsServers],
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: needsServers,
          exclude: notOurs,
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
