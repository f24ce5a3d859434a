// System packages that building the core needs, and how they are installed where that is allowed.
import { existsSync } from 'node:fs';
import { ask, CommandError, run } from './lib.mjs';

const NEEDS = [
  { package: 'g++', why: 'compiles the native core', present: () => ask('g++', ['--version']).ok },
  { package: 'cmake', why: 'configures its build', present: () => ask('cmake', ['--version']).ok },
  { package: 'make', why: 'runs its build', present: () => ask('make', ['--version']).ok || ask('ninja', ['--version']).ok },
  {
    package: 'libdnnl-dev',
    why: "oneDNN: the CPU's convolutions and matrix products",
    present: () => ['/usr/include', '/usr/local/include'].some((folder) => existsSync(`${folder}/oneapi/dnnl/dnnl.hpp`)),
  },
];

const TEST_NEEDS = [
  {
    package: 'doctest-dev',
    why: "the native tests' framework",
    present: () => existsSync('/usr/include/doctest/doctest.h') || existsSync('/usr/local/include/doctest/doctest.h'),
  },
];

/** Installs what is missing, or says what it is and how to install it. */
export function ensureSystemPackages({ tests = false } = {}) {
  const missing = [...NEEDS, ...(tests ? TEST_NEEDS : [])].filter((need) => !need.present());
  if (missing.length === 0) return;
  const list = missing.map((need) => `  ${need.package.padEnd(14)}${need.why}`).join('\n');
  const names = missing.map((need) => need.package);
  const prefix = installPrefix();
  if (prefix === undefined) {
    throw new CommandError(
      `These system packages are missing:\n${list}\nInstall them (as root), then run this again:\n  apt-get install -y ${names.join(' ')}\n`,
    );
  }
  console.log(`Installing system packages:\n${list}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run(prefix[0], [...prefix.slice(1), 'apt-get', 'install', '-y', '--no-install-recommends', ...names], { env });
  run(prefix[0], [...prefix.slice(1), 'apt-get', 'update', '-q'], { env });
  install();
}

/** The command that apt-get runs under, or undefined where it may not be run. */
function installPrefix() {
  if (!ask('apt-get', ['--version']).ok) return undefined;
  if (process.getuid?.() === 0) return ['env'];
  return ask('sudo', ['-n', 'true']).ok ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : undefined;
}
