// Builds the packages' TypeScript into their dist folders. Usage: node scripts/build-ts.mjs
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOf, isDone, listFiles, main, markDone, root, run, withLock } from './lib.mjs';

export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

export async function buildTypeScript() {
  await withLock('typescript', () => {
    const hash = hashOf([
      'packages',
      'tsconfig.base.json',
      'tsconfig.json',
      'pnpm-lock.yaml',
      'scripts/build-ts.mjs',
    ]);
    if (
      isDone('typescript', hash) &&
      packages().every((name) => existsSync(join(root, 'packages', name, 'dist')))
    )
      return;
    console.log('Building the TypeScript packages');
    for (const name of packages()) removeOrphans(name);
    run(process.execPath, [tsc, '-b']);
    markDone('typescript', hash);
  });
}

function packages() {
  return readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'tsconfig.json')),
  );
}

/**
 * Removes what was built from sources that are gone: TypeScript leaves it, and it would be packed and found by imports.
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
  const orphan = (/** @type {string} */ file) => !modules.has(file.replace(/(\.d\.ts|\.js)(\.map)?$/, ''));
  const built = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(js|d\.ts)(\.map)?$/.test(file))
    .map((file) => file.split(sep).join('/'));
  if (!built.some(orphan)) return;
  rmSync(dist, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(buildTypeScript);
