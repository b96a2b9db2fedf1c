import { defineConfig } from 'vitest/config';

/** CLIPs of the published sizes: `npm run test:full-size`. Minutes, and some 3 GiB of memory. */
export default defineConfig({
  test: {
    include: ['test/full-size/**/*.test.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
