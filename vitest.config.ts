import { defineConfig } from 'vitest/config';

// Tests run on the packages' sources, so that they cannot pass on a stale build.
const conditions = ['ibex-source'];
const sources = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...sources,
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'], pool: 'forks' },
      },
      {
        ...sources,
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'tests/packaging/**', 'tests/docs/**'],
          pool: 'forks',
          testTimeout: 120_000,
        },
      },
      {
        // What a user has: the packages as they are built and packed.
        test: {
          name: 'packaging',
          include: ['tests/packaging/**/*.test.ts', 'tests/docs/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
