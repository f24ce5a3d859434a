// Installs what is missing and builds everything; quick when there is nothing to do.
// Usage: node scripts/setup.mjs [--tests] [--no-build]
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';
import { ask, CommandError, hashOf, isDone, main, markDone, root, run, stateFolder } from './lib.mjs';
import { ensureSystemPackages } from './system.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmVersion = manifest.packageManager.split('@')[1].split('+')[0];

/** How to run pnpm at the pinned version: the one on the path when it matches, else one of our own. */
export function pnpmCommand() {
  const own = join(root, 'node_modules', '.ibex', 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  const ownEs = own.replace('pnpm.cjs', 'pnpm.mjs');
  for (const entry of [own, ownEs]) if (existsSync(entry)) return [process.execPath, entry];
  const found = ask('pnpm', ['--version'], { cwd: stateParent() });
  if (found.ok && found.output.trim().split('\n').at(-1) === pnpmVersion) return ['pnpm'];
  console.log(`Fetching pnpm ${pnpmVersion}`);
  run('npm', ['install', '--no-save', '--silent', '--prefix', join(stateFolder, 'pnpm'), `pnpm@${pnpmVersion}`]);
  for (const entry of [own, ownEs]) if (existsSync(entry)) return [process.execPath, entry];
  throw new CommandError(`pnpm ${pnpmVersion} was installed, but its program is not where it should be.`);
}

/** A folder outside the workspace: there pnpm does not look at the workspace's own pin. */
function stateParent() {
  return join(root, '..');
}

export function installDependencies() {
  const hash = hashOf(['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifestPaths()], process.version);
  if (isDone('dependencies', hash) && existsSync(join(root, 'node_modules', '.modules.yaml'))) return;
  const [command, ...args] = pnpmCommand();
  run(command, [...args, 'install', '--frozen-lockfile'], { env: { CI: 'true' } });
  markDone('dependencies', hash);
}

function manifestPaths() {
  return ask('git', ['ls-files', '*/package.json']).output.split('\n').filter(Boolean);
}

export function buildTypeScript() {
  const hash = hashOf(['packages', 'tsconfig.base.json', 'pnpm-lock.yaml'], process.version);
  if (isDone('typescript', hash)) return;
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'packages/ibex']);
  markDone('typescript', hash);
}

export async function setUp({ tests = false } = {}) {
  ensureSystemPackages({ tests });
  installDependencies();
  await buildNative();
  buildTypeScript();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => setUp({ tests: process.argv.includes('--tests') }));
}
