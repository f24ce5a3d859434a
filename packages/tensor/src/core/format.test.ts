import { expect, test } from 'vitest';
import { toFloat16Bits } from './dtype.js';
import { formatTensor } from './format.js';

// The expected texts are NumPy's.
const float32 = (values: number[], shape: number[] = [values.length]): string =>
  formatTensor(Float32Array.from(values), shape, 'float32');
const counting = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test.each([
  [[1, 2.5, -3, 4], [2, 2], 'Tensor([[ 1. ,  2.5],\n        [-3. ,  4. ]], shape=[2, 2], dtype=float32)'],
  [[1.5], [], 'Tensor(1.5, shape=[], dtype=float32)'],
  [[0.1, 1e10], [2], 'Tensor([1.e-01, 1.e+10], shape=[2], dtype=float32)'],
  [[1 / 3, 2 / 3], [2], 'Tensor([0.33333334, 0.6666667 ], shape=[2], dtype=float32)'],
  [[Number.NaN, Infinity, -1.5], [3], 'Tensor([ nan,  inf, -1.5], shape=[3], dtype=float32)'],
  [[12345678, 0.5], [2], 'Tensor([1.2345678e+07, 5.0000000e-01], shape=[2], dtype=float32)'],
  [[], [2, 0], 'Tensor([[],\n        []], shape=[2, 0], dtype=float32)'],
])('floats %j', (values, shape, text) => {
  expect(float32(values, shape)).toBe(text);
});

test('matrices are set off from each other by empty lines', () => {
  expect(formatTensor(Int32Array.from(counting(8)), [2, 2, 2], 'int32')).toBe(
    'Tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]], shape=[2, 2, 2], dtype=int32)',
  );
});

test('many values are summarised, and long lines broken', () => {
  expect(formatTensor(Int32Array.from(counting(2000)), [2000], 'int32')).toBe(
    'Tensor([   0,    1,    2, ..., 1997, 1998, 1999], shape=[2000], dtype=int32)',
  );
  const lines = float32(counting(2500), [50, 50]).split('\n');
  expect(lines[0]).toBe('Tensor([[0.000e+00, 1.000e+00, 2.000e+00, ..., 4.700e+01, 4.800e+01,');
  expect(lines[6]).toBe('        ...,');
  expect(lines).toHaveLength(13);
});

test('16-bit floats have the digits that tell them apart', () => {
  expect(formatTensor(Uint16Array.of(toFloat16Bits(0.1)), [1], 'float16')).toBe(
    'Tensor([0.1], shape=[1], dtype=float16)',
  );
});

test('bool and int64', () => {
  expect(formatTensor(Uint8Array.of(1, 0), [2], 'bool')).toBe(
    'Tensor([ true, false], shape=[2], dtype=bool)',
  );
  expect(formatTensor(BigInt64Array.of(2n ** 60n), [1], 'int64')).toBe(
    'Tensor([1152921504606846976], shape=[1], dtype=int64)',
  );
});
