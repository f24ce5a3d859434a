// Builds the addon with cmake-js and puts it where @ibex/native looks for it: packages/native/build/<flavour>/ibex.node.
// With --cuda also the CUDA backend, which then lies beside it; once it is there, it is kept up to date.
// Usage: node scripts/build-native.mjs [--debug | --sanitize] [--cuda] [--tests] [--force]
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, hashOf, isDone, main, markDone, root, run, withLock } from './lib.mjs';

export const CUDA_PLUGIN = 'libibex_cuda.so';
const CONFIGS = { Release: 'Release', Debug: 'Debug', Sanitize: 'RelWithDebInfo' };

/**
 * Builds the core in one folder per flavour, so that the addon and the native tests share its objects.
 * @param {{ flavour?: 'Release' | 'Debug' | 'Sanitize', cuda?: boolean, tests?: boolean, force?: boolean }} [options]
 * @returns {Promise<{ addon: string, tests: string }>} the paths of the addon and of the native tests' program, beside
 *   which the other libraries of the tests lie
 */
export async function buildNative({ flavour = 'Release', cuda = false, tests = false, force = false } = {}) {
  // cmake-js puts the addon into the folder itself when its name is the configuration's.
  const out = join(root, 'build', 'native', flavour, CONFIGS[flavour]);
  const addon = join(root, 'packages', 'native', 'build', flavour, 'ibex.node');
  const plugin = join(dirname(addon), CUDA_PLUGIN);
  const testProgram = join(out, 'ibex_native_tests');
  await withLock(`native-${flavour}`, () => {
    const hash = hashOf(
      ['native', 'scripts/build-native.mjs'],
      `${process.platform} ${process.arch} ${versionOf('cmake-js')} ${versionOf('node-addon-api')}`,
    );
    const done = (/** @type {string} */ part, /** @type {string} */ path) =>
      isDone(part, hash) && existsSync(path);
    const withCuda = cuda || existsSync(plugin);
    if (
      !force &&
      done(`addon-${flavour}`, addon) &&
      (!withCuda || done(`cuda-${flavour}`, plugin)) &&
      (!tests || done(`native-tests-${flavour}`, testProgram))
    )
      return;

    const parts = ['the native core', ...(withCuda ? ['the CUDA backend'] : []), ...(tests ? ['tests'] : [])];
    console.log(`Building ${parts.join(', ')} (${flavour})`);
    compile({ flavour, cuda: withCuda, tests, out, force });
    mkdirSync(dirname(addon), { recursive: true });
    putInPlace(join(out, 'ibex.node'), addon);
    markDone(`addon-${flavour}`, hash);
    if (withCuda) {
      putInPlace(join(out, CUDA_PLUGIN), plugin);
      markDone(`cuda-${flavour}`, hash);
    }
    if (tests) markDone(`native-tests-${flavour}`, hash);
  });
  return { addon, tests: testProgram };
}

/**
 * Copies a library. It is renamed into place: a process that has the old one loaded keeps it.
 * @param {string} from
 * @param {string} to
 */
function putInPlace(from, to) {
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

/** @param {{ flavour: 'Release' | 'Debug' | 'Sanitize', cuda: boolean, tests: boolean, out: string, force: boolean }} options */
function compile({ flavour, cuda, tests, out, force }) {
  if (force) rmSync(out, { recursive: true, force: true });
  const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
  const common = [
    '--directory',
    join(root, 'native'),
    '--out',
    out,
    '--config',
    CONFIGS[flavour],
    ...(ask('ninja', ['--version']).ok ? ['--generator', 'Ninja'] : []),
  ];
  run(process.execPath, [
    cmakeJs,
    'configure',
    '--log-level',
    'warn',
    ...common,
    `--CDIBEX_SANITIZE=${flavour === 'Sanitize' ? 'ON' : 'OFF'}`,
    `--CDIBEX_TESTS=${tests ? 'ON' : 'OFF'}`,
    `--CDIBEX_CUDA=${cuda ? 'ON' : 'OFF'}`,
  ]);
  run(process.execPath, [
    cmakeJs,
    'build',
    '--log-level',
    'warn',
    ...common,
    '--parallel',
    String(availableParallelism()),
  ]);
}

/** @param {string} name */
function versionOf(name) {
  const manifest = join(root, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? hashOf([join('node_modules', name, 'package.json')]) : 'none';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const has = (/** @type {string} */ flag) => process.argv.includes(flag);
  await main(async () => {
    const { addon } = await buildNative({
      flavour: has('--sanitize') ? 'Sanitize' : has('--debug') ? 'Debug' : 'Release',
      cuda: has('--cuda'),
      tests: has('--tests'),
      force: has('--force'),
    });
    console.log(addon);
  });
}
