// The names of options: camelCase here, snake_case in Keras's files. The one place that knows how they correspond.

/** Names whose digits Keras sets apart. Elsewhere digits belong to the word before them (`l2`, `conv1d`). */
const APART: ReadonlyMap<string, string> = new Map([
  ['beta1', 'beta_1'],
  ['beta2', 'beta_2'],
]);

/** `returnSequences` as `return_sequences`. */
export function toSnakeKey(key: string): string {
  return APART.get(key) ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `return_sequences` as `returnSequences`. */
export function toCamelKey(key: string): string {
  return key.replace(/(?<=[^_])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** An object's entries under other keys; what they hold stays as it is. */
export function mapKeys(
  object: Readonly<Record<string, unknown>>,
  rename: (key: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}
