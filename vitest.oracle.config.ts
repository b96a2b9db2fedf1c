import { defineConfig } from 'vitest/config';

/**
 * Against PyTorch: `npm run test:oracle`. `test/oracle` holds every engine to numbers that PyTorch made before; `test/pytorch` asks a Python,
 * that of `npm run oracle:setup`: without one that has PyTorch they are skipped and say so.
 */
export default defineConfig({
  test: {
    include: ['test/oracle/**/*.test.ts', 'test/pytorch/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
