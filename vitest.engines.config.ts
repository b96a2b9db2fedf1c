import { defineConfig } from 'vitest/config';

/**
 * `npm run test:engines`: native engines are installed from the registries (or from the files kept of an earlier time) and held to what
 * they promise, at length. In order and one at a time: the installation comes first, and TensorFlow has its threads for itself.
 */
export default defineConfig({
  test: {
    include: [
      'test/engines/**/*.test.ts',
      'test/conformance/**/*.test.ts',
      'test/runtime/backends/tensorflow/**/*.test.ts',
    ],
    globalSetup: ['test/engines/install-engines.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
  },
});
