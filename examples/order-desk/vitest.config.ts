import {defineConfig} from 'vitest/config';

// The tests need DATABASE_URL (an empty database), MADANG_URL and MADANG_KEY: see README.md.
export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    pool: 'forks',
    // All files sign in from one address and share one database.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
