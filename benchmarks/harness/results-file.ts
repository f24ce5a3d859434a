import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machineLine } from './report.js';

/** What the machine has, in the words of `ibex doctor`: device, driver, libraries. */
function machineReport(): string[] {
  const cli = fileURLToPath(new URL('dist/cli.js', import.meta.resolve('ibex/package.json')));
  return execFileSync(process.execPath, [cli, 'doctor'], { encoding: 'utf8' }).trimEnd().split('\n');
}

/** The file of `--json`. It is written after each workload: a run that is ended early leaves what it has found. */
export class ResultsFile {
  readonly #path: string | undefined;
  readonly #about: object;
  readonly #results: object[] = [];
  readonly #versions = new Set<string>();

  /** Without a path nothing is written. */
  constructor(path: string | undefined, threads: number) {
    this.#path = path;
    this.#about =
      path === undefined
        ? {}
        : { date: new Date().toISOString(), machine: machineLine(threads), doctor: machineReport() };
  }

  /** Of everything that was measured. */
  get versions(): readonly string[] {
    return [...this.#versions];
  }

  add(results: readonly object[], versions: readonly string[]): void {
    this.#results.push(...results);
    for (const version of versions) this.#versions.add(version);
    if (this.#path === undefined) return;
    const content = { ...this.#about, versions: this.versions, results: this.#results };
    writeFileSync(this.#path, `${JSON.stringify(content, null, 2)}\n`);
  }
}
