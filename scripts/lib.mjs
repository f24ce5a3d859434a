// What the set-up, build and test scripts share.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const stateFolder = join(root, 'node_modules', '.ibex');

/** Runs a command in the repository with its output shown; throws when it fails. */
export function run(command, args, { env = {}, cwd = root } = {}) {
  const result = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    throw new CommandError(`${command} ${args.join(' ')} ended with ${result.status ?? result.signal}.`);
  }
}

/** Runs a command quietly: { ok, output }. */
export function ask(command, args, { env = {}, cwd = root } = {}) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` };
}

export class CommandError extends Error {}

/** Runs a script's main function; what goes wrong with a command is told in one line, without a stack. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof CommandError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/** Every file below the given files and folders, sorted, without build products. */
export function listFiles(paths) {
  const files = [];
  const visit = (path) => {
    const info = statSync(path);
    if (info.isFile()) files.push(path);
    else {
      for (const name of readdirSync(path)) {
        if (!['node_modules', 'dist', 'build', '.git'].includes(name)) visit(join(path, name));
      }
    }
  };
  for (const path of paths) if (existsSync(join(root, path))) visit(join(root, path));
  return files.sort();
}

/** A hash of the content of files and of anything else that a build depends on. */
export function hashOf(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const file of listFiles(paths)) hash.update(relative(root, file)).update(readFileSync(file));
  return hash.digest('hex');
}

/** Whether the step `name` was last done with this hash; `markDone` notes that it was. */
export function isDone(name, hash) {
  const file = join(stateFolder, name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash;
}

export function markDone(name, hash) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(join(stateFolder, name), hash);
}

/** Runs `body` while holding a lock, so that two builds never write to one folder at once. */
export async function withLock(name, body) {
  const lock = join(stateFolder, `${name}.lock`);
  mkdirSync(stateFolder, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!holderLives(lock)) rmSync(lock, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  try {
    return await body();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function holderLives(lock) {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    // The holder writes its number just after it made the folder.
    return error.code === 'ENOENT' && Date.now() - statSync(lock).mtimeMs < 2000;
  }
}
