// Builds what is needed and runs a TypeScript program of the repository on the built packages.
// Usage: node scripts/run.mjs FILE.ts [arguments]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsc } from './build-ts.mjs';
import { CommandError, main, root, run, withLock } from './lib.mjs';
import { setUp } from './setup.mjs';

/**
 * @param {string} file relative to the repository, below a folder with a tsconfig.json that builds into dist
 * @param {readonly string[]} args
 * @returns {Promise<number>} the program's exit status
 */
export async function runProgram(file, args) {
  const source = resolve(root, file);
  if (!existsSync(source)) throw new CommandError(`There is no ${relative(root, source)}.`);
  await setUp();
  const project = projectOf(source);
  await withLock('programs', () => run(process.execPath, [tsc, '-p', project]));
  const built = join(project, 'dist', relative(project, source)).replace(/\.ts$/, '.js');
  const result = spawnSync(process.execPath, ['--enable-source-maps', built, ...args], { stdio: 'inherit' });
  return result.status ?? 1;
}

/** @param {string} source */
function projectOf(source) {
  for (let folder = dirname(source); folder.startsWith(root); folder = dirname(folder)) {
    if (existsSync(join(folder, 'tsconfig.json'))) return folder;
  }
  throw new CommandError(`No tsconfig.json above ${source}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2);
  await main(async () => {
    if (file === undefined) throw new CommandError('Usage: node scripts/run.mjs FILE.ts [arguments]');
    process.exitCode = await runProgram(file, args);
  });
}
