// Makes benchmarks/peers/.venv with the Python frameworks that Ibex is measured against. Usage: node setup.mjs [NAMES…]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const venv = join(folder, '.venv');
const known = readFileSync(join(folder, 'requirements.txt'), 'utf8').trim().split('\n');
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
const succeeds = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;

if (!succeeds('python3', ['-m', 'venv', venv])) {
  console.error('python3 with venv is needed (on Debian: the package python3-venv). All peers stay missing.');
  process.exitCode = 1;
} else {
  // One by one: a framework that pip does not have here must not keep the others away.
  const python = join(venv, 'bin', 'python');
  const missing = wanted.filter((name) => !succeeds(python, ['-m', 'pip', 'install', '--quiet', name]));
  if (missing.length > 0)
    console.error(`Missing, because pip could not install them: ${missing.join(', ')}.`);
}
