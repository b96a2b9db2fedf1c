import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: [
      'test/long/**',
      'test/engines/**',
      'test/oracle/**',
      'test/pytorch/**',
      'test/slurm/**',
      'test/full-size/**',
      'node_modules/**',
    ],
    setupFiles: ['test/support/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
