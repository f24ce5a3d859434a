import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests run on the packages' sources, so that they cannot pass on a stale build.
  resolve: { conditions: ['ibex-source'] },
  ssr: { resolve: { conditions: ['ibex-source'] } },
  test: { include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'], pool: 'forks' },
});
