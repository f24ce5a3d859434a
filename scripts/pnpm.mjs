// pnpm at the pinned version. Usage: node scripts/pnpm.mjs [arguments of pnpm]
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, CommandError, main, root, run, stateFolder } from './lib.mjs';

const pinnedVersion = () =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('@')[1];
const ownFolder = () => join(stateFolder, `pnpm-${pinnedVersion()}`);

/** How to run pnpm at the version that package.json pins: the one on the path when it matches, else one of our own. */
export function pnpmCommand() {
  const version = pinnedVersion();
  const folder = ownFolder();
  const entry = join(folder, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
  if (existsSync(entry)) return [process.execPath, entry];
  // Asked outside the workspace, where pnpm does not look at the workspace's own pin.
  const found = ask('pnpm', ['--version'], { cwd: tmpdir() });
  if (found.ok && found.output.trim().split('\n').at(-1) === version) return ['pnpm'];
  console.log(`Fetching pnpm ${version} into node_modules/.ibex`);
  run('npm', ['install', '--no-save', '--silent', '--prefix', folder, `pnpm@${version}`]);
  if (existsSync(entry)) return [process.execPath, entry];
  throw new CommandError(
    `pnpm ${version} was installed, but its program is not where it should be: ${entry}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => {
    const [command, ...args] = pnpmCommand();
    // Programs that pnpm runs, such as turbo, look for pnpm on the path.
    const PATH = [join(ownFolder(), 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
    const env = { ...process.env, PATH };
    const { status } = spawnSync(command, [...args, ...process.argv.slice(2)], { stdio: 'inherit', env });
    process.exitCode = status ?? 1;
  });
}
