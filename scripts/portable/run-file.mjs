// Runs the tests of one file and prints what became of them, as the last line of standard output.
// Usage: node run-file.js FILE

import { pathToFileURL } from 'node:url';
import { startTests } from '@vitest/runner';
import { getTests } from '@vitest/runner/utils';

const TIMEOUT = 120_000; // kernels may have to be compiled first
const file = process.argv[2] ?? '';

/** @type {import('@vitest/runner').VitestRunner} */
const runner = {
  config: /** @type {import('@vitest/runner').VitestRunnerConfig} */ ({
    root: process.cwd(),
    setupFiles: [],
    passWithNoTests: false,
    allowOnly: false,
    sequence: { shuffle: false, concurrent: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
    maxConcurrency: 1,
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    retry: 0,
    includeTaskLocation: false,
    diffOptions: {},
    name: undefined,
    testNamePattern: undefined,
    chaiConfig: undefined,
    tagsFilter: undefined,
    tags: [],
    strictTags: false,
  }),
  importFile: (path) => import(pathToFileURL(path).href),
};

const files = await startTests([file], runner);
const failures = [];
let passed = 0;
let skipped = 0;
for (const each of files) {
  if (each.result?.state === 'fail' && each.result.errors?.length) {
    failures.push({ name: each.name, message: each.result.errors.map(({ message }) => message).join('\n') });
  }
}
for (const test of getTests(files)) {
  const names = [test.name];
  for (let suite = test.suite; suite; suite = suite.suite) names.unshift(suite.name);
  const state = test.result?.state;
  if (state === 'pass') passed++;
  else if (state === 'fail') {
    failures.push({
      name: names.join(' > '),
      message: (test.result?.errors ?? []).map(({ message }) => message).join('\n'),
    });
  } else skipped++;
}
process.stdout.write(`\n${JSON.stringify({ passed, skipped, failures })}\n`, () => process.exit(0));
