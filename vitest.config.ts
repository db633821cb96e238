import {defineConfig} from 'vitest/config';
import {sdkAliases} from '@madang/processes/sdk-source-of';

const needsServers = ['**/*.int.test.ts'];
// Minutes long: .ci/full asks for them.
const isFull = process.env['MADANG_TESTS'] === 'full';
const takesLong = ['**/*.full.test.ts'];
const needsCluster = ['services/gateway/test/**/*.test.ts'];
// Who may do what does not depend on how fast it is done.
const isUntimed = ['services/gateway/test/access/**/*.test.ts'];
const needsBrowsers = [
  'services/web/e2e/**/*.test.ts',
  'packages/react/e2e/**/*.test.ts',
  'infra/examples/e2e/**/*.test.ts',
];
const notOurs = ['**/node_modules/**', '**/dist/**', '**/.madang/**'];
// They ask a Python that has the package's dependencies.
const needsPython = ['packages/python/test/*.test.ts'];
// Run as those run them who copied an example: see infra/examples.
const ofExamples = 'examples/**';

const full = {
  extends: true as const,
  test: {
    name: 'full',
    include: takesLong,
    exclude: notOurs,
    // Several build and pack the same packages, in their folders.
    maxWorkers: 1,
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
};

export default defineConfig({
  // Whatever imports the packages by their names gets their sources: nobody builds them here.
  resolve: {alias: sdkAliases},
  test: {
    // Node runs the sources as they are in production, so it does in the tests: each file in a process of its own.
    pool: 'forks',
    // Half of the time they wait for processes to start, or for something to happen.
    maxWorkers: 3,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [
            ...notOurs,
            ofExamples,
            ...needsServers,
            ...takesLong,
            ...needsCluster,
            ...needsBrowsers,
            ...needsPython,
          ],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: needsServers,
          exclude: notOurs,
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'python',
          include: needsPython,
          exclude: takesLong,
          globalSetup: ['packages/python/test/global-setup.ts'],
          testTimeout: 60_000,
        },
      },
      ...(isFull ? [full] : []),
      {
        extends: true,
        test: {
          name: 'access',
          include: isUntimed,
          exclude: notOurs,
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: needsCluster,
          exclude: [...notOurs, ...isUntimed],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Promises bounded in seconds are kept by clusters that leave the machine idle half of the time.
          maxWorkers: 2,
          sequence: {groupOrder: 1},
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: needsBrowsers,
          globalSetup: ['packages/testkit/src/global-setup.ts', 'services/web/e2e/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // After the others, which leave no time to a browser; a page takes a core to itself.
          maxWorkers: 2,
          sequence: {groupOrder: 2},
        },
      },
    ],
  },
});
