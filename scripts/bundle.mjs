// The JavaScript of a package: one module per entry of its exports and per program, since importing many small ones is
// most of a program's start-up. What entries share is in chunks beside them.
// Usage: node ../../scripts/bundle.mjs, in a package's folder
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './lib.mjs';

/**
 * Writes dist/**.js, with source maps, from the TypeScript that the package's exports name.
 * @param {string} folder of the package
 */
export async function bundlePackage(folder) {
  const { rolldown } = await import('rolldown'); // not there before the set-up has run
  /** @type {{ exports: Record<string, string | Record<string, string>>, bin?: Record<string, string> }} */
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  /** @type {Record<string, string>} */
  const input = {};
  for (const target of Object.values(manifest.exports)) {
    const source = typeof target === 'string' ? undefined : target['ibex-source'];
    if (source?.endsWith('.ts'))
      input[source.replace(/^\.\/src\//, '').replace(/\.ts$/, '')] = join(folder, source);
  }
  for (const program of Object.values(manifest.bin ?? {})) {
    const name = program.replace(/^\.\/dist\//, '').replace(/\.js$/, '');
    input[name] = join(folder, 'src', `${name}.ts`);
  }
  const dist = join(folder, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (/\.js(\.map)?$/.test(file)) rmSync(join(dist, file));
  }
  const bundle = await rolldown({
    input,
    cwd: dirname(folder),
    platform: 'node',
    external: /^[^./]/,
    resolve: { extensionAlias: { '.js': ['.ts'] } },
    // Modules register ops, layers and classes when they are imported.
    treeshake: false,
  });
  await bundle.write({
    dir: dist,
    format: 'esm',
    sourcemap: true,
    comments: { legal: true, annotation: true, jsdoc: false },
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
  });
  await bundle.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(() => bundlePackage(process.cwd()));
