// Builds the packages' TypeScript into their dist folders. Usage: node scripts/build-ts.mjs
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePackage } from './bundle.mjs';
import { hashOf, isDone, listFiles, main, markDone, root, run, withLock } from './lib.mjs';

export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

export async function buildTypeScript() {
  await withLock('typescript', async () => {
    const hash = hashOf([
      'packages',
      'tsconfig.base.json',
      'tsconfig.json',
      'pnpm-lock.yaml',
      'tsconfig.package.json',
      'scripts/build-ts.mjs',
      'scripts/bundle.mjs',
    ]);
    if (
      isDone('typescript', hash) &&
      packages().every((name) => existsSync(join(root, 'packages', name, 'dist', 'index.js')))
    )
      return;
    console.log('Building the TypeScript packages');
    for (const name of packages()) removeOrphans(name);
    run(process.execPath, [tsc, '-b']);
    await Promise.all(packages().map((name) => bundlePackage(join(root, 'packages', name))));
    markDone('typescript', hash);
  });
}

function packages() {
  return readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'tsconfig.json')),
  );
}

/**
 * Removes the declarations of sources that are gone: TypeScript leaves them, and they would be packed and found by imports.
 * @param {string} name
 */
function removeOrphans(name) {
  const folder = join(root, 'packages', name);
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) return;
  const modules = new Set(
    listFiles([join('packages', name, 'src')])
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => relative(join(folder, 'src'), file).replace(/\.ts$/, '')),
  );
  const orphan = (/** @type {string} */ file) => !modules.has(file.replace(/\.d\.ts(\.map)?$/, ''));
  const built = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.d\.ts(\.map)?$/.test(file))
    .map((file) => file.split(sep).join('/'));
  if (!built.some(orphan)) return;
  rmSync(dist, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(buildTypeScript);
