// Packs all that runs Ibex on a Linux machine without Node, compilers and a network into one file: Node, the packages with
// their addon and the CUDA backend, the unit tests, the benchmarks. Unpack it there and call run.sh, which says what it can do.
// Usage: pnpm pack:portable
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCuda } from './build-cuda.mjs';
import { buildNative } from './build-native.mjs';
import { tsc } from './build-ts.mjs';
import { ask, CommandError, main, root, run } from './lib.mjs';
import { prebuild } from './prebuild.mjs';

const MOST_BYTES = 60 * 2 ** 20;
const NAME = 'ibex-portable';
/** Tests of the repository: that generated code is fresh, what a build leaves. */
const OF_REPOSITORY = ['native/load.test.ts', 'tensor/ops/table.test.ts'];

/** @returns {Promise<string>} the path of the tarball */
export async function packPortable() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new CommandError(
      `The bundle is for Linux on x86-64, and its Node and libraries are this machine's: ${process.platform}-${process.arch}.`,
    );
  }
  const folder = join(root, 'build', 'portable', NAME);
  const plugin = await buildCuda();
  const { tests } = await buildNative({ tests: true });
  rmSync(dirname(folder), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await copyPackages(folder, plugin);
  await bundleTests(join(folder, 'tests'));
  copyFileSync(tests, join(folder, 'tests', 'native'));
  copyBenchmarks(join(folder, 'benchmarks'));
  copySystemLibraries(join(folder, 'lib'));
  copyFileSync(join(root, 'scripts', 'portable', 'run.sh'), join(folder, 'run.sh'));
  chmodSync(join(folder, 'run.sh'), 0o755);
  mkdirSync(join(folder, 'bin'));
  const node = join(folder, 'bin', 'node');
  copyFileSync(process.execPath, node);
  run('xz', ['-T0', '-7', node]);
  const tarball = `${folder}-linux-x64.tar.gz`;
  run('tar', ['-C', dirname(folder), '-czf', tarball, NAME]);
  const { size } = statSync(tarball);
  if (size > MOST_BYTES) {
    throw new CommandError(
      `${relative(root, tarball)} has ${size} bytes; it must not have more than ${MOST_BYTES}.`,
    );
  }
  return tarball;
}

/**
 * The packages as they are installed, and what they need from npm.
 * @param {string} folder
 * @param {string} plugin
 */
async function copyPackages(folder, plugin) {
  const modules = join(folder, 'node_modules');
  /** @type {Map<string, string>} */
  const others = new Map();
  for (const name of readdirSync(join(root, 'packages'))) {
    const source = join(root, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    const target = join(modules, manifest.name);
    mkdirSync(target, { recursive: true });
    copyFileSync(join(source, 'package.json'), join(target, 'package.json'));
    copyScripts(join(source, 'dist'), join(target, 'dist'));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      if (!/^(@ibex\/|ibex$)/.test(dependency)) others.set(dependency, packageFolder(dependency, source));
    }
  }
  for (const [name, source] of others) {
    cpSync(source, join(modules, name), {
      recursive: true,
      filter: (path) => !/\.(d\.[cm]?ts|map|md|ts)$/.test(path) && basename(path) !== 'node_modules',
    });
  }
  const binaries = join(modules, '@ibex', 'native', 'prebuilds', 'linux-x64');
  cpSync(await prebuild(), binaries, { recursive: true });
  copyFileSync(plugin, join(binaries, basename(plugin)));
}

/**
 * @param {string} name
 * @param {string} from a package that depends on it
 */
function packageFolder(name, from) {
  const link = join(from, 'node_modules', name);
  if (!existsSync(link)) throw new CommandError(`${name} is not installed: run "pnpm install".`);
  return realpathSync(link);
}

/**
 * JavaScript without declarations and maps.
 * @param {string} from
 * @param {string} to
 */
function copyScripts(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !/\.(d\.ts|map|tsbuildinfo)$/.test(path) });
}

/**
 * The unit tests with the sources that they test, as JavaScript; see portable/vitest.mjs.
 * @param {string} folder
 */
async function bundleTests(folder) {
  const { rolldown } = await import('rolldown');
  const portable = join(root, 'scripts', 'portable');
  /** @type {Record<string, string>} */
  const input = { 'run-file': join(portable, 'run-file.mjs'), 'run-tests': join(portable, 'run-tests.mjs') };
  for (const name of readdirSync(join(root, 'packages'))) {
    const sources = join(root, 'packages', name, 'src');
    for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
      if (OF_REPOSITORY.includes(`${name}/${file}`)) continue;
      const place = join('unit', name, file);
      if (file.endsWith('.test.ts')) input[place.replace(/\.ts$/, '')] = join(sources, file);
      // What tests compare with.
      if (/\.(json|keras|h5)$/.test(file)) cpSync(join(sources, file), join(folder, place));
    }
  }
  const fixtures = join(root, 'packages', 'layers', 'fixtures');
  cpSync(fixtures, join(folder, 'unit', 'fixtures'), { recursive: true });
  const bundle = await rolldown({
    input,
    cwd: root,
    platform: 'node',
    external: ['h5wasm', 'h5wasm/node', 'fflate'],
    resolve: { conditionNames: ['ibex-source', 'node', 'import'], extensionAlias: { '.js': ['.ts', '.js'] } },
    plugins: [
      {
        name: 'vitest-without-its-program',
        resolveId: (id) => (id === 'vitest' ? join(portable, 'vitest.mjs') : null),
      },
    ],
    treeshake: false,
    transform: { target: 'node20' },
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    sourcemap: true, // tests look at the stacks of errors
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
  });
  await bundle.close();
}

/** @param {string} folder */
function copyBenchmarks(folder) {
  const source = join(root, 'benchmarks');
  run(process.execPath, [tsc, '-p', source]);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(source, 'package.json'), join(folder, 'package.json'));
  copyScripts(join(source, 'dist'), join(folder, 'dist'));
  cpSync(join(source, 'peers'), join(folder, 'peers'), {
    recursive: true,
    filter: (path) => !/(node_modules|__pycache__|\.venv)/.test(path),
  });
}

/**
 * The C++ runtime, for machines with an older one.
 * @param {string} folder
 */
function copySystemLibraries(folder) {
  mkdirSync(folder, { recursive: true });
  const { ok, output } = ask('ldd', [realpathSync(process.execPath)]);
  if (!ok) throw new CommandError(`ldd can't read ${process.execPath}:\n${output}`);
  for (const [, name, path] of output.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
    if (name && path && /^lib(stdc\+\+|gcc_s|atomic)\.so/.test(name))
      copyFileSync(realpathSync(path), join(folder, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const hasXz = spawnSync('xz', ['--version']).status === 0;
    if (!hasXz) throw new CommandError('xz is needed to pack: install xz-utils.');
    const tarball = await packPortable();
    console.log(`${relative(root, tarball)}: ${(statSync(tarball).size / 2 ** 20).toFixed(1)} MiB`);
  });
}
