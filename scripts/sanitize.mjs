// Builds the core with the address and undefined-behaviour sanitizers, apart from the ordinary build, and runs the
// native tests and the TypeScript suite on it. Usage: npm run sanitize [-- arguments of vitest]
import { join } from 'node:path';
import { buildNative } from './build-native.mjs';
import { ask, CommandError, main, root, run } from './lib.mjs';
import { setUp } from './setup.mjs';

const OPTIONS = {
  // Node itself keeps memory until its end; what the core leaks is found by the leak checks of the tests.
  ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:abort_on_error=0:halt_on_error=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};

/** The sanitizers' libraries must be there before Node's own allocations. */
function preload() {
  return ['libasan.so', 'libubsan.so', 'libstdc++.so'].map((name) => {
    const path = ask('g++', [`-print-file-name=${name}`]).output.trim();
    if (!path.startsWith('/'))
      throw new CommandError(`g++ has no ${name}: it comes with its package libasan or libstdc++.`);
    return path;
  });
}

await main(async () => {
  await setUp({ tests: true });
  const { addon, tests } = await buildNative({ flavour: 'Sanitize', tests: true });
  console.log('Native tests under the sanitizers');
  run(tests, [], {
    env: { ...OPTIONS, ASAN_OPTIONS: OPTIONS.ASAN_OPTIONS.replace('detect_leaks=0', 'detect_leaks=1') },
  });
  console.log('TypeScript tests under the sanitizers');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = process.argv.slice(2);
  run(process.execPath, [vitest, 'run', '--project', 'unit', '--project', 'system', ...args], {
    env: {
      ...OPTIONS,
      LD_PRELOAD: preload().join(':'),
      IBEX_ADDON_PATH: addon,
      IBEX_SANITIZE: '1',
    },
  });
});
