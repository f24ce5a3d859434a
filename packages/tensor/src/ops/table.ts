// The op table as the core sees it, and its hash: the core carries the hash of the table that it was generated from,
// and a program is handed over only when both agree.
import type { OpDef } from '../core/registry.js';

/** What of a definition is part of the interface to the core. */
export type TableEntry = Pick<OpDef, 'name' | 'kind' | 'inputs' | 'outputs' | 'attrs'>;

/** One line an op: number, name, kind, operands, results, attribute struct with its fields. */
export function describeOpTable(defs: readonly TableEntry[]): string {
  return defs
    .map(({ name, kind, inputs, outputs, attrs }, id) => {
      const fields = attrs ? Object.entries(attrs.fields).map(([field, type]) => `${field}:${type}`) : [];
      return `${id} ${name} ${kind} ${inputs} ${outputs} ${attrs?.struct ?? ''}{${fields.join(',')}}\n`;
    })
    .join('');
}

/** FNV-1a over the table's description, in 64 bits as 16 hexadecimal digits. */
export function hashOpTable(defs: readonly TableEntry[]): string {
  const prime = 0x100000001b3n;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(describeOpTable(defs))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  }
  return hash.toString(16).padStart(16, '0');
}
