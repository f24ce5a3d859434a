// Packs the packages and installs the tarballs elsewhere, as a user would.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export const manifests: readonly Manifest[] = readdirSync(join(root, 'packages')).map(
  (folder) => JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest,
);

/** The names of a package and all of ours that it pulls. */
export function closure(name: string): string[] {
  const names = new Set([name]);
  for (const each of names) {
    const manifest = manifests.find((candidate) => candidate.name === each);
    for (const dependency of Object.keys(manifest?.dependencies ?? {})) {
      if (manifests.some((candidate) => candidate.name === dependency)) names.add(dependency);
    }
  }
  return [...names].sort();
}

/** Runs a command; the error of a failed one has its output. */
export function run(command: string, args: readonly string[], cwd: string = root): string {
  const env = { ...process.env, IBEX_ADDON_PATH: '', NODE_OPTIONS: '', NO_COLOR: '1' };
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  if (result.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${result.status}:\n${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout;
}

/** Runs a program of the workspace's node_modules. */
export function tool(path: string, ...args: string[]): string {
  return run(process.execPath, [join(root, 'node_modules', path), ...args]);
}

export class Workshop {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'ibex-packaging-'));
  readonly #tarballs = new Map<string, string>();

  /** Packs every package. */
  pack(): void {
    const target = join(this.folder, 'tarballs');
    mkdirSync(target);
    run(process.execPath, [
      join(root, 'scripts', 'pnpm.mjs'),
      '--recursive',
      '--filter',
      './packages/*',
      'pack',
      '--pack-destination',
      target,
    ]);
    const files = readdirSync(target);
    for (const { name, version } of manifests) {
      const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
      if (!files.includes(file))
        throw new Error(`${name} was not packed as ${file}, but there is ${files.join(', ')}`);
      this.#tarballs.set(name, join(target, file));
    }
  }

  tarball(name: string): string {
    const path = this.#tarballs.get(name);
    if (path === undefined) throw new Error(`${name} is not packed`);
    return path;
  }

  /** The files in a package's tarball. */
  contents(name: string): string[] {
    return run('tar', ['-tzf', this.tarball(name)])
      .split('\n')
      .filter(Boolean)
      .map((path) => path.replace(/^package\//, ''));
  }

  /** Installs a package into an empty folder, which it returns: its own dependencies come from the tarballs too. */
  install(name: string): string {
    const folder = mkdtempSync(join(this.folder, 'user-'));
    const overrides = Object.fromEntries(closure(name).map((each) => [each, `file:${this.tarball(each)}`]));
    const manifest = { private: true, type: 'module', dependencies: { [name]: overrides[name] }, overrides };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], folder);
    return folder;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
