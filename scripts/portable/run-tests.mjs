// Runs the tests of the portable bundle, each file in a process of its own, and ends with `N passed, N failed`.
// Usage: node run-tests.js [FILTER ...], with parts of the files' names
// With IBEX_TEST_SECONDS no file is begun after so many seconds, and what then runs is ended.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ passed: number, skipped: number, failures: { name: string, message: string }[] }} Outcome */

const MINUTES = 8; // of one file at most
const seconds = Number(process.env['IBEX_TEST_SECONDS'] || Number.POSITIVE_INFINITY);
const here = dirname(fileURLToPath(import.meta.url));
const filters = process.argv.slice(2);
const files = readdirSync(join(here, 'unit'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .sort();

/**
 * @param {string} file
 * @returns {Promise<Outcome>}
 */
function runFile(file) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', join(here, 'run-file.js'), join(here, 'unit', file)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: Math.min(MINUTES * 60_000, Math.max(1, Math.ceil(1000 * seconds - performance.now()))),
      },
    );
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    child.on('close', (status, signal) => {
      try {
        resolve(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
      } catch {
        const message = `It ended with ${signal ?? status} and no result.\n${errors.slice(-2000)}`;
        resolve({ passed: 0, skipped: 0, failures: [{ name: file, message }] });
      }
    });
  });
}

let passed = 0;
let skipped = 0;
let failed = 0;
const waiting = [...files];
const worker = async () => {
  for (;;) {
    const start = performance.now();
    const file = start < 1000 * seconds ? waiting.shift() : undefined;
    if (file === undefined) return;
    const outcome = await runFile(file);
    passed += outcome.passed;
    skipped += outcome.skipped;
    failed += outcome.failures.length;
    const took = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${file}: ${outcome.passed} passed, ${outcome.failures.length} failed (${took} s)`);
    for (const { name, message } of outcome.failures)
      console.log(`  FAILED ${name}\n    ${message.replaceAll('\n', '\n    ')}`);
  }
};
await Promise.all(Array.from({ length: Math.min(8, availableParallelism()) }, worker));
if (waiting.length > 0) console.log(`\nNo time was left for ${waiting.length} files: ${waiting.join(' ')}`);
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 || waiting.length > 0 ? 1 : 0;
