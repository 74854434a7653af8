import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts', 'drivers/**/*.test.ts'],
    // Each file is its own process, so that native ports and databases of one never meet another’s. On two cores the third fills the
    // time in which daemons are waited for.
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
