import { ValueError } from './errors.js';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/**
 * A limit of memory in bytes: a whole number, one with a unit (`6GiB`), or a share of `total` (`80%`). 0 for none.
 * @param where - what errors begin with
 */
export function toBytes(limit: number | string, total: number, where = 'setMemoryLimit'): number {
  const [, digits, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*(%|[KMG]i?B|B)?$/.exec(String(limit)) ?? [];
  const bytes = Number(digits) * (unit === '%' ? total / 100 : UNITS[unit]!);
  if (digits === undefined || bytes > Number.MAX_SAFE_INTEGER || (unit === 'B' && !Number.isInteger(bytes))) {
    throw new ValueError(
      `${where}: a limit of memory is a number of bytes, or like '6GiB' or '80%'; got ${JSON.stringify(limit)}.`,
    );
  }
  return Math.floor(bytes);
}

/** What `IBEX_MEMORY_LIMIT` says of a device, in bytes; 0 where it says nothing. */
export function limitOf(device: string, total: number): number {
  const given = process.env['IBEX_MEMORY_LIMIT'] ?? '';
  if (given === '') return 0;
  const where = `IBEX_MEMORY_LIMIT=${given}`;
  if (!given.includes('=')) return device === 'cpu' ? 0 : toBytes(given, total, where);
  for (const part of given.split(',')) {
    const [name, limit = ''] = part.split('=');
    if (name!.trim() === device) return toBytes(limit.trim(), total, where);
  }
  return 0;
}
