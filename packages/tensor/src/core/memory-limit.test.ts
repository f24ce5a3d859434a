import { afterEach, describe, expect, test } from 'vitest';
import { ValueError } from './errors.js';
import { limitOf, toBytes } from './memory-limit.js';

const before = process.env['IBEX_MEMORY_LIMIT'];

afterEach(() => {
  if (before === undefined) delete process.env['IBEX_MEMORY_LIMIT'];
  else process.env['IBEX_MEMORY_LIMIT'] = before;
});

test.each([
  [0, 0],
  [123, 123],
  ['123', 123],
  ['2KiB', 2048],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['3MB', 3e6],
  ['80%', 800],
  ['0.05%', 0],
])('a limit of %s is %i bytes of 1000', (limit, bytes) => {
  expect(toBytes(limit, 1000)).toBe(bytes);
});

test.each([-1, 1.5, Number.NaN, Infinity, '', 'much', '3 apples', '1e3'])('%s is no limit', (limit) => {
  expect(() => toBytes(limit, 1000)).toThrow(ValueError);
});

describe('IBEX_MEMORY_LIMIT', () => {
  test('of one limit is for all devices but the CPU', () => {
    process.env['IBEX_MEMORY_LIMIT'] = '50%';
    expect(['cpu', 'cuda:0', 'cuda:1'].map((name) => limitOf(name, 1000))).toEqual([0, 500, 500]);
  });

  test('may name devices', () => {
    process.env['IBEX_MEMORY_LIMIT'] = 'cuda:1=2KiB, cpu=10%';
    expect(['cpu', 'cuda:0', 'cuda:1'].map((name) => limitOf(name, 1000))).toEqual([100, 0, 2048]);
  });

  test('that can not be understood is an error that names it', () => {
    process.env['IBEX_MEMORY_LIMIT'] = 'cuda:0=lots';
    expect(() => limitOf('cuda:0', 1000)).toThrow(/^IBEX_MEMORY_LIMIT=cuda:0=lots: .*'6GiB'/);
  });
});
