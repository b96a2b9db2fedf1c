import { defineConfig } from 'vitest/config';

/** A sweep by a real Slurm on this machine: `npm run test:slurm`, where Debian's packages slurmctld, slurmd, slurm-client and munge are. */
export default defineConfig({
  test: {
    include: ['test/slurm/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
