import { parseArgs } from 'node:util';

/** Numbers given on the command line as `--name value`, or what they are otherwise. */
export function numbersFrom<T extends Record<string, number>>(defaults: T): T {
  const options = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ options });
  const chosen = Object.entries(defaults).map(([name, fallback]) => {
    const given = values[name];
    const value = given === undefined ? fallback : Number(given);
    if (Number.isNaN(value)) throw new Error(`--${name} takes a number, got '${String(given)}'.`);
    return [name, value];
  });
  return Object.fromEntries(chosen) as T;
}
