// Installs what Ibex is measured against: Python frameworks into benchmarks/peers/.venv, JavaScript ones into
// benchmarks/peers/js. Usage: node setup.mjs [python|js]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} options
 */
const succeeds = (command, args, options = {}) =>
  spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;

/** @param {string} message */
function complain(message) {
  console.error(message);
  process.exitCode = 1;
}

function installPython() {
  const venv = join(folder, '.venv');
  if (!succeeds('python3', ['-m', 'venv', venv])) {
    complain('python3 with venv is needed (on Debian: the package python3-venv). Its peers stay missing.');
    return;
  }
  // One by one: a framework that pip does not have here must not keep the others away.
  const python = join(venv, 'bin', 'python');
  const names = readFileSync(join(folder, 'requirements.txt'), 'utf8').trim().split('\n');
  const missing = names.filter((name) => !succeeds(python, ['-m', 'pip', 'install', '--quiet', name]));
  if (missing.length > 0) complain(`Missing, because pip could not install them: ${missing.join(', ')}.`);
}

function installJavaScript() {
  const args = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--silent'];
  const options = {
    cwd: join(folder, 'js'),
    // The package has the library for the CPU; its script would download those for GPUs.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    shell: process.platform === 'win32',
  };
  if (!succeeds('npm', args, options))
    complain('Missing, because npm could not install them: tfjs-wasm, onnxruntime.');
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['python', 'js'];
if (wanted.includes('python')) installPython();
if (wanted.includes('js')) installJavaScript();
