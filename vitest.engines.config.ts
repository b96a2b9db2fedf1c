import { defineConfig } from 'vitest/config';

/** Tests that install native engines from the registries: `npm run test:engines`. In order, because the later ones use what the first installs. */
export default defineConfig({
  test: {
    include: ['test/engines/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
  },
});
