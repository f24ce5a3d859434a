import { writeFileSync } from 'node:fs';

/** The file of `--json`, an array. It is written after each workload: a run that is ended early leaves what it has found. */
export class ResultsFile {
  readonly #path: string | undefined;
  readonly #results: object[] = [];
  readonly #versions = new Set<string>();

  /** Without a path nothing is written. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Of everything that was measured. */
  get versions(): readonly string[] {
    return [...this.#versions];
  }

  add(results: readonly object[], versions: readonly string[]): void {
    this.#results.push(...results);
    for (const version of versions) this.#versions.add(version);
    if (this.#path !== undefined) writeFileSync(this.#path, `${JSON.stringify(this.#results, null, 2)}\n`);
  }
}
