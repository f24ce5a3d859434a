// System packages that building the core needs, and how they are installed where that is allowed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ask, CommandError, run } from './lib.mjs';

const runs = (/** @type {string} */ program) => ask(program, ['--version']).ok;

/** Where headers are looked for: as the compiler and CMake do. */
const headerFolders = [
  '/usr/include',
  '/usr/local/include',
  ...(process.env['CPLUS_INCLUDE_PATH'] ?? '').split(':'),
  ...(process.env['CPATH'] ?? '').split(':'),
  ...(process.env['CMAKE_PREFIX_PATH'] ?? '')
    .split(/[:;]/)
    .map((prefix) => prefix && join(prefix, 'include')),
].filter(Boolean);
const hasHeader = (/** @type {string} */ header) =>
  headerFolders.some((folder) => existsSync(join(folder, header)));

const NEEDS = [
  { package: 'g++', why: 'compiles the native core', present: () => runs('g++') },
  { package: 'cmake', why: 'configures its build', present: () => runs('cmake') },
  { package: 'make', why: 'runs its build', present: () => runs('ninja') || runs('make') },
  {
    package: 'libdnnl-dev',
    why: 'oneDNN: convolutions and matrix products on the CPU',
    present: () => hasHeader('oneapi/dnnl/dnnl.hpp'),
  },
];

const TEST_NEEDS = [
  {
    package: 'doctest-dev',
    why: 'the framework of the native tests',
    present: () => hasHeader('doctest/doctest.h'),
  },
  { package: 'xz-utils', why: 'packs the portable bundle', present: () => runs('xz') },
];

/**
 * Installs what is missing, or says what it is and how to install it.
 * @param {{ tests?: boolean }} [options]
 */
export function ensureSystemPackages({ tests = false } = {}) {
  const missing = [...NEEDS, ...(tests ? TEST_NEEDS : [])].filter((need) => !need.present());
  if (missing.length === 0) return;
  const list = missing.map((need) => `  ${need.package.padEnd(14)}${need.why}`).join('\n');
  const command = `apt-get install -y --no-install-recommends ${missing.map((need) => need.package).join(' ')}`;
  const prefix = privilege();
  if (prefix === undefined) {
    throw new CommandError(
      `System packages are missing, and this user may not install them:\n${list}\n` +
        `Install them as root (on Debian and Ubuntu), then run this again:\n  ${command}`,
    );
  }
  console.log(`Installing system packages:\n${list}`);
  const apt = (/** @type {string[]} */ ...args) =>
    run(String(prefix[0]), [...prefix.slice(1), 'DEBIAN_FRONTEND=noninteractive', ...args]);
  try {
    apt('apt-get', 'update', '-q');
    apt(...command.split(' '));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(
      `${error.message}\nThese system packages could not be installed:\n${list}\n` +
        `Install them in another way, then run this again. The command was:\n  ${command}`,
    );
  }
}

/** What apt-get is to run under, or undefined where it may not be run. */
function privilege() {
  if (!runs('apt-get')) return undefined;
  if (process.getuid?.() === 0) return ['env'];
  return ask('sudo', ['-n', 'true']).ok ? ['sudo', '-n', 'env'] : undefined;
}
