// What the set-up, build and test scripts share.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const stateFolder = join(root, 'node_modules', '.ibex');

/** @typedef {{ env?: Record<string, string>, cwd?: string }} RunOptions */

/** A command or check went wrong in a way that its message explains: no stack is shown. */
export class CommandError extends Error {}

/**
 * Runs a command in the repository with its output shown; throws when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function run(command, args, { env = {}, cwd = root } = {}) {
  const result = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) throw new CommandError(`${command} can't be started: ${result.error.message}`);
  if (result.status !== 0) {
    const line = [command, ...args].map((part) => relative(root, part) || part).join(' ');
    throw new CommandError(`Failed (${result.status ?? result.signal}): ${line}`);
  }
}

/**
 * Runs a command quietly.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function ask(command, args, { env = {}, cwd = root } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` };
}

/**
 * Runs a script's main function; what goes wrong with a command is told in one line, without a stack.
 * @param {() => void | Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof CommandError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

const NOT_SOURCES = new Set(['node_modules', 'dist', 'build', 'prebuilds', '.git']);

/**
 * Every file below the given files and folders (relative to the repository), sorted, without build products.
 * @param {readonly string[]} paths
 * @returns {string[]}
 */
export function listFiles(paths) {
  /** @type {string[]} */
  const files = [];
  const visit = (/** @type {string} */ path) => {
    // A file may vanish between the listing and this.
    const info = statSync(path, { throwIfNoEntry: false });
    if (info?.isFile()) files.push(path);
    else if (info) {
      for (const name of readdirSync(path)) if (!NOT_SOURCES.has(name)) visit(join(path, name));
    }
  };
  for (const path of paths) visit(join(root, path));
  return files.sort();
}

/** The package.json files of the workspace. */
export function manifests() {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  return ['.', ...packages, 'examples', 'benchmarks', 'tests', 'docs'].map((folder) =>
    join(folder, 'package.json'),
  );
}

/**
 * A hash of the content of files and of anything else that a build depends on.
 * @param {readonly string[]} paths
 */
export function hashOf(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const file of listFiles(paths)) hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * Whether the step `name` was last done with this hash; `markDone` notes that it was.
 * @param {string} name
 * @param {string} hash
 */
export function isDone(name, hash) {
  const file = join(stateFolder, name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash;
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function markDone(name, hash) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(join(stateFolder, name), hash);
}

/**
 * Runs `body` while holding a lock, so that two builds never write to one folder at once.
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withLock(name, body) {
  const lock = join(stateFolder, `${name}.lock`);
  mkdirSync(stateFolder, { recursive: true });
  for (let waiting = false; ; ) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      if (!holderLives(lock)) {
        rmSync(lock, { recursive: true, force: true });
        continue;
      }
      if (!waiting) console.log(`Waiting for another process (${name})`);
      waiting = true;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  try {
    return await body();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** @param {string} lock */
function holderLives(lock) {
  const file = join(lock, 'pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (pid === 0) {
    // The holder writes its number just after it made the folder; and the folder may be gone by now.
    const info = statSync(lock, { throwIfNoEntry: false });
    return info !== undefined && Date.now() - info.mtimeMs < 2000;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
