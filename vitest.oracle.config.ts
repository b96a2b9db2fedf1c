import { defineConfig } from 'vitest/config';

/** Tests that ask Python: `npm run test:oracle`, after `npm run oracle:setup`. Without a Python that has PyTorch they are skipped and say so. */
export default defineConfig({
  test: {
    include: ['test/oracle/**/*.test.ts', 'test/pytorch/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
