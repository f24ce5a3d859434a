import { ValueError } from '@ibex/tensor';

/**
 * Checks that all options have names that are known: a misspelt one would have no effect.
 * Throws `ValueError` with the name that was probably meant.
 */
export function checkOptionNames(what: string, options: object, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null) {
    throw new ValueError(`${what} takes an object of options, got ${String(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (name in known) continue;
    const names = Object.keys(known);
    const near = names.find((other) => distance(name, other) <= 2);
    throw new ValueError(
      `${what} has no option '${name}'${near === undefined ? '' : `; did you mean '${near}'?`}. Its options are ${names.join(', ')}.`,
    );
  }
}

/** How many letters have to be put in, taken out or changed (Levenshtein, 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
