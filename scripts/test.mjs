// Sets up what is missing and runs all the tests, or those of the named steps.
// Usage: npm test [-- STEP ...], with the steps below. Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from './build-native.mjs';
import { ask, CommandError, root } from './lib.mjs';
import { setUp } from './setup.mjs';
import { LIBRARY_TESTS, MOCKED_TESTS, mockCudaEnvironment } from './test-cuda.mjs';

/** @typedef {{ passed: number, failed: number, skipped?: number }} Counts */

/** @type {[name: string, run: () => Counts | Promise<Counts>][]} */
const STEPS = [
  ['native', native],
  [
    'format and lint',
    () => check('node_modules/@biomejs/biome/bin/biome', 'ci', '--max-diagnostics=20', '.'),
  ],
  ['layers', () => check('scripts/check-layers.mjs')],
  ['generated code', () => check('scripts/gen-ops.mjs', '--check')],
  ['types', () => check('scripts/typecheck.mjs')],
  ['unit', () => vitest('unit')],
  ['cuda mock', mockedCuda],
  ['cuda libraries', mockedLibraries],
  ['system', () => vitest('system')],
  ['packaging', () => vitest('packaging')],
];

/**
 * A check that passes or fails as one.
 * @param {string} script
 * @param {readonly string[]} args
 */
function check(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}

async function native() {
  const { tests } = await buildNative({ tests: true });
  const { output } = ask(tests, ['--no-colors']);
  console.log(output.trimEnd());
  const counts = /test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped/.exec(
    output,
  );
  // Without the line it crashed.
  if (!counts) return { passed: 0, failed: 1 };
  return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: Number(counts[3]) };
}

/** Tests of ops on the CUDA backend, without a GPU. */
async function mockedCuda() {
  const { tests } = await buildNative({ tests: true });
  return vitest('unit', {
    name: 'cuda-mock',
    args: [...MOCKED_TESTS, '--testTimeout=60000'],
    env: mockCudaEnvironment(tests),
  });
}

async function mockedLibraries() {
  const { tests } = await buildNative({ tests: true });
  return vitest('unit', {
    name: 'cuda-libraries-mock',
    args: [...LIBRARY_TESTS, '--testTimeout=60000'],
    env: mockCudaEnvironment(tests, { libraries: true }),
  });
}

/**
 * A project of vitest.config.ts.
 * @param {string} project
 * @param {{ name?: string, args?: readonly string[], env?: Record<string, string> }} [options]
 */
function vitest(project, { name = project, args: more = [], env = {} } = {}) {
  const report = join(root, 'build', 'test-reports', `${name}.json`);
  mkdirSync(join(report, '..'), { recursive: true });
  rmSync(report, { force: true });
  const args = [
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    ...more,
  ];
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args, `--outputFile.json=${report}`],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } },
  );
  const result = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0 };
  // A file that can't be loaded, or an error outside of the tests, fails the run with no failed test.
  const failedFiles = (result.testResults ?? []).filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = result.numFailedTests + failedFiles.length;
  return {
    passed: result.numPassedTests,
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
  };
}

/** @param {[string, Counts, number][]} rows */
function summary(rows) {
  console.log('');
  for (const [name, { passed, failed, skipped }, seconds] of rows) {
    const skips = skipped ? `, ${skipped} skipped` : '';
    console.log(`  ${name.padEnd(18)}${passed} passed, ${failed} failed${skips}  (${seconds.toFixed(0)} s)`);
  }
  const total = (/** @type {'passed' | 'failed'} */ key) =>
    rows.reduce((sum, [, counts]) => sum + counts[key], 0);
  console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
  process.exitCode = total('failed') > 0 ? 1 : 0;
}

/** @type {[string, Counts, number][]} */
const rows = [];

/**
 * @param {string} name
 * @param {() => Counts | Promise<Counts>} body
 */
async function step(name, body) {
  console.log(`\n── ${name} ──`);
  const start = performance.now();
  /** @type {Counts} */
  let counts = { passed: 0, failed: 1 };
  try {
    counts = await body();
  } catch (error) {
    console.error(error instanceof CommandError ? error.message : error);
  }
  rows.push([name, counts, (performance.now() - start) / 1000]);
  return counts.failed === 0;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some(([known]) => known.startsWith(name)));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. The steps: ${STEPS.map(([name]) => name).join(', ')}`);
  process.exit(2);
}
const ready = await step('set-up', async () => {
  await setUp({ tests: true });
  return { passed: 0, failed: 0 };
});
if (ready) {
  for (const [name, body] of STEPS) {
    if (wanted.length === 0 || wanted.some((each) => name.startsWith(each))) await step(name, body);
  }
}
summary(rows);
