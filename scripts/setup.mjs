// Installs what is missing and builds everything; quick when there is nothing to do.
// Usage: node scripts/setup.mjs [--tests]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';
import { buildTypeScript } from './build-ts.mjs';
import { hashOf, isDone, main, manifests, markDone, root, run, withLock } from './lib.mjs';
import { pnpmCommand } from './pnpm.mjs';
import { ensureSystemPackages } from './system.mjs';

/** Installs the npm packages of the lockfile, unless that was done since it changed. */
export async function installDependencies() {
  await withLock('dependencies', () => {
    const hash = hashOf(
      ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()],
      `${process.platform} ${process.arch}`,
    );
    if (isDone('dependencies', hash) && existsSync(join(root, 'node_modules', '.modules.yaml'))) return;
    console.log('Installing npm packages');
    const [command, ...args] = pnpmCommand();
    run(command, [...args, 'install', '--frozen-lockfile'], { env: { CI: 'true' } });
    markDone('dependencies', hash);
  });
}

/** @param {{ tests?: boolean }} [options] with `tests`, also what only the tests need */
export async function setUp({ tests = false } = {}) {
  await ensureSystemPackages({ tests });
  await installDependencies();
  await buildNative({ tests });
  await buildTypeScript();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => setUp({ tests: process.argv.includes('--tests') }));
}
