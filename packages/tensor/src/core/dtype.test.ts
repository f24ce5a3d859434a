import { describe, expect, test } from 'vitest';
import {
  DTYPES,
  type DType,
  fromBfloat16Bits,
  fromFloat16Bits,
  nextBelow,
  resultType,
  toBfloat16Bits,
  toDType,
  toFloat16Bits,
} from './dtype.js';

// keras.backend.result_type of each row with the columns bool, uint8, int8, int16, int32, uint32, int64, float16,
// bfloat16, float32, float64, in 64-bit mode.
const PROMOTIONS: Record<DType, string> = {
  bool: 'bool uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64',
  uint8: 'uint8 uint8 int16 int16 int32 uint32 int64 float16 bfloat16 float32 float64',
  int8: 'int8 int16 int8 int16 int32 int64 int64 float16 bfloat16 float32 float64',
  int16: 'int16 int16 int16 int16 int32 int64 int64 float16 bfloat16 float32 float64',
  int32: 'int32 int32 int32 int32 int32 int64 int64 float16 bfloat16 float32 float64',
  uint32: 'uint32 uint32 int64 int64 int64 uint32 int64 float16 bfloat16 float32 float64',
  int64: 'int64 int64 int64 int64 int64 int64 int64 float16 bfloat16 float32 float64',
  float16: 'float16 float16 float16 float16 float16 float16 float16 float16 float32 float32 float64',
  bfloat16: 'bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 float32 bfloat16 float32 float64',
  float32: 'float32 float32 float32 float32 float32 float32 float32 float32 float32 float32 float64',
  float64: 'float64 float64 float64 float64 float64 float64 float64 float64 float64 float64 float64',
};

describe('promotion', () => {
  test.each(DTYPES)('of %s is that of Keras', (row) => {
    expect(DTYPES.map((column) => resultType([row, column])).join(' ')).toBe(PROMOTIONS[row]);
  });

  test('plain numbers take on the dtype of tensors, and make floats of integers only when they are floats', () => {
    expect(resultType(['int8'], ['int'])).toBe('int8');
    expect(resultType(['bfloat16'], ['float'])).toBe('bfloat16');
    expect(resultType(['int32'], ['float'])).toBe('float32');
    expect(resultType(['bool'], ['int'])).toBe('int32');
    expect(resultType([], ['int', 'float'])).toBe('float32');
    expect(resultType([], ['int', 'bool'])).toBe('int32');
  });

  test('unknown dtypes are refused with the list of known ones', () => {
    expect(() => toDType('complex64')).toThrow(/complex64.*float32/);
    expect(toDType('int')).toBe('int32');
  });
});

describe('16-bit floats', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [6.103515625e-5, 0x0400],
    [0.1, 0x2e66],
    [2049, 0x6800],
    [2051, 0x6802],
    [Infinity, 0x7c00],
  ])('float16 of %d', (value, bits) => {
    expect(toFloat16Bits(value)).toBe(bits);
  });

  test('every float16 survives the way to a number and back', () => {
    const all = Array.from({ length: 0x7c00 }, (_, bits) => bits);
    expect(all.filter((bits) => toFloat16Bits(fromFloat16Bits(bits)) !== bits)).toEqual([]);
  });

  test.each([
    [1, 0x3f80],
    [0.1, 0x3dcd],
    [-3.5, 0xc060],
    [1.00390625, 0x3f80],
    [1.01171875, 0x3f82],
  ])('bfloat16 of %d rounds to even', (value, bits) => {
    expect(toBfloat16Bits(value)).toBe(bits);
  });

  test('NaN stays NaN', () => {
    expect(fromFloat16Bits(toFloat16Bits(Number.NaN))).toBeNaN();
    expect(fromBfloat16Bits(toBfloat16Bits(Number.NaN))).toBeNaN();
  });
});

test('the next number below', () => {
  expect(nextBelow(1, 'float32')).toBe(1 - 2 ** -24);
  expect(nextBelow(1, 'float64')).toBe(1 - 2 ** -53);
  expect(nextBelow(-1, 'float32')).toBe(-1 - 2 ** -23);
  expect(nextBelow(0, 'float32')).toBe(-(2 ** -149));
  expect(nextBelow(2, 'bfloat16')).toBe(2 - 2 ** -7);
  expect(nextBelow(0.1, 'float32')).toBeLessThan(0.1);
});
