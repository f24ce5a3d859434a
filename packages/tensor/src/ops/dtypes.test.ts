// The dtypes of results, after Keras 3. Nothing is computed here.
import { describe, expect, it } from 'vitest';
import { type DType, ops, setFloatx, type Tensor } from '../index.js';

const of = (dtype: DType): Tensor => ops.zeros([2, 2], { dtype });
const ALL: readonly DType[] = [
  'bool',
  'uint8',
  'int8',
  'int16',
  'int32',
  'uint32',
  'int64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
];

/** What each function makes of each dtype, in the order of ALL. */
const UNARY: readonly (readonly [name: string, fn: (x: Tensor) => Tensor, results: string])[] = [
  [
    'exp',
    ops.exp,
    'float32 float32 float32 float32 float32 float32 float32 float16 bfloat16 float32 float64',
  ],
  ['square', ops.square, 'int32 uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64'],
  ['abs', ops.abs, 'bool uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64'],
  ['sum', (x) => x.sum(), 'int32 uint32 int32 int32 int32 uint32 int64 float16 bfloat16 float32 float64'],
  ['prod', (x) => x.prod(0), 'int32 uint32 int32 int32 int32 uint32 int64 float16 bfloat16 float32 float64'],
  [
    'mean',
    (x) => x.mean(),
    'float32 float32 float32 float32 float32 float32 float32 float16 bfloat16 float32 float64',
  ],
  ['max', (x) => x.max(1), 'bool uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64'],
  ['any', (x) => x.any(), 'bool bool bool bool bool bool bool bool bool bool bool'],
  ['isnan', ops.isnan, 'bool bool bool bool bool bool bool bool bool bool bool'],
  ['argmax', (x) => x.argmax(0), 'int32 int32 int32 int32 int32 int32 int32 int32 int32 int32 int32'],
  [
    'divide by itself',
    (x) => x.div(x),
    'float32 float32 float32 float32 float32 float32 float32 float16 bfloat16 float32 float64',
  ],
  ['plus 1', (x) => x.add(1), 'int32 uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64'],
  [
    'plus 0.5',
    (x) => x.add(0.5),
    'float32 float32 float32 float32 float32 float32 float32 float16 bfloat16 float32 float64',
  ],
  [
    'plus true',
    (x) => x.add(true),
    'bool uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64',
  ],
  [
    'with int8',
    (x) => x.add(of('int8')),
    'int8 int16 int8 int16 int32 int64 int64 float16 bfloat16 float32 float64',
  ],
  [
    'with uint32',
    (x) => x.mul(of('uint32')),
    'uint32 uint32 int64 int64 int64 uint32 int64 float16 bfloat16 float32 float64',
  ],
  [
    'with float16',
    (x) => x.mul(of('float16')),
    'float16 float16 float16 float16 float16 float16 float16 float16 float32 float32 float64',
  ],
  ['less', (x) => x.less(1), 'bool bool bool bool bool bool bool bool bool bool bool'],
  [
    'softmax',
    (x) => x.softmax(),
    'float32 float32 float32 float32 float32 float32 float32 float16 bfloat16 float32 float64',
  ],
  ['round', (x) => x.round(), 'bool uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64'],
  [
    'cumsum',
    (x) => x.cumsum(0),
    'int32 uint8 int8 int16 int32 uint32 int64 float16 bfloat16 float32 float64',
  ],
];

describe('result dtypes', () => {
  it.each(UNARY)('%s', (_name, fn, results) => {
    expect(ALL.map((dtype) => fn(of(dtype)).dtype)).toEqual(results.split(' '));
  });

  it('follow floatx where there is no float among the operands', () => {
    try {
      setFloatx('float64');
      expect(ops.exp(of('int32')).dtype).toBe('float64');
      expect(of('int32').div(2).dtype).toBe('float64');
      expect(ops.zeros([1]).dtype).toBe('float64');
      expect(ops.oneHot([0], 2).dtype).toBe('float64');
    } finally {
      setFloatx('float32');
    }
  });

  it('of creation are whole only for whole numbers', () => {
    expect(ops.arange(3).dtype).toBe('int32');
    expect(ops.arange(0, 1, 0.5).dtype).toBe('float32');
    expect(ops.full([1], 2).dtype).toBe('float32');
    expect(ops.fullLike(of('int32'), 2).dtype).toBe('int32');
  });
});
