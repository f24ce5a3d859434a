// Sizes that do not fill a vector, every dtype, extreme values: against plain JavaScript arithmetic.
import { describe, expect, it } from 'vitest';
import { type DType, IbexError, ops, type Tensor, type TypedArray, tensor } from '../index.js';
import { expectClose } from '../testing/index.js';

const SIZES = [0, 1, 2, 3, 7, 8, 15, 17, 31, 33, 63, 65, 1000, 1025, 4099];
const values = (size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.sin(i * 1.3) * 3);
const inDType = (array: Float64Array, dtype: DType): Tensor => tensor(array).cast(dtype);

const FUNCTIONS: readonly (readonly [
  name: string,
  fn: (x: Tensor) => Tensor,
  reference: (x: number) => number,
])[] = [
  ['exp', ops.exp, Math.exp],
  ['log of squares', (x) => x.square().add(0.1).log(), (x) => Math.log(x * x + 0.1)],
  ['tanh', ops.tanh, Math.tanh],
  ['sin', ops.sin, Math.sin],
  ['cos', ops.cos, Math.cos],
  ['sigmoid', ops.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  ['softplus', ops.softplus, (x) => Math.log1p(Math.exp(x))],
  ['relu', ops.relu, (x) => Math.max(x, 0)],
  ['floor', ops.floor, Math.floor],
  ['power', (x) => ops.power(x.abs().add(0.5), 1.7), (x) => (Math.abs(x) + 0.5) ** 1.7],
  ['silu', ops.silu, (x) => x / (1 + Math.exp(-x))],
];

describe.each(FUNCTIONS)('%s', (_name, fn, reference) => {
  it.each([
    ['float64', 1e-12],
    ['float32', 3e-6],
    ['float16', 3e-3],
    ['bfloat16', 3e-2],
  ] as const)('is right in %s for every size', (dtype, rtol) => {
    for (const size of SIZES) {
      const x = inDType(values(size), dtype);
      const given = x.cast('float64').dataSync() as Float64Array;
      const expected = dtype === 'bfloat16' || dtype === 'float16' ? undefined : given.map(reference);
      const result = fn(x);
      expect(result.dtype).toBe(dtype);
      // Chains of 16-bit ops round at each step: the bound is wider where values are large.
      expectClose(result.cast('float64'), tensor(expected ?? given.map(reference)), { rtol, atol: rtol });
    }
  });
});

describe('reductions', () => {
  it.each(SIZES.filter((n) => n > 0))('over %i elements, contiguous and strided', (size) => {
    const data = values(size * 3);
    const x = tensor(data, { shape: [size, 3] });
    const column = (j: number): number[] => Array.from({ length: size }, (_, i) => data[i * 3 + j] as number);
    const sum = (list: number[]): number => list.reduce((s, v) => s + v, 0);
    expectClose(
      x.sum(0),
      [0, 1, 2].map((j) => sum(column(j))),
      { rtol: 1e-10, atol: 1e-10 },
    );
    expectClose(
      x.max(0),
      [0, 1, 2].map((j) => Math.max(...column(j))),
      { rtol: 0, atol: 0 },
    );
    expectClose(
      x.transpose().min(1),
      [0, 1, 2].map((j) => Math.min(...column(j))),
      { rtol: 0, atol: 0 },
    );
    expectClose(x.cast('float32').sum(), sum([...data]), { rtol: 1e-5, atol: 1e-4 });
  });

  it('keep the digits of long float32 sums', () => {
    const n = 1_000_000;
    expectClose(ops.full([n], 0.1).sum(), Math.fround(0.1) * n, { rtol: 1e-6, atol: 0 });
    expectClose(ops.full([n], 0.1).mean(), Math.fround(0.1), { rtol: 1e-6, atol: 0 });
  });

  it('accumulate 16-bit floats in float32', () => {
    expect(ops.ones([4096], { dtype: 'float16' }).sum().item()).toBe(4096);
    expect(ops.ones([1024], { dtype: 'bfloat16' }).sum().item()).toBe(1024);
    expect(ops.full([1000], 1000, { dtype: 'float16' }).mean().item()).toBe(1000);
  });

  it('pass NaN on', () => {
    const x = tensor([1, Number.NaN, 3]);
    for (const y of [x.sum(), x.max(), x.min(), x.mean(), x.prod()]) expect(y.item()).toBeNaN();
    expect(x.argmax().item()).toBe(1);
  });
});

describe('integers', () => {
  it('wrap as the core does', () => {
    expect(tensor([2147483647], { dtype: 'int32' }).add(1).item()).toBe(-2147483648);
    expect(tensor([127], { dtype: 'int8' }).add(1).item()).toBe(-128);
    expect(tensor([0], { dtype: 'uint8' }).sub(1).item()).toBe(255);
    expect(tensor([-128], { dtype: 'int8' }).abs().item()).toBe(-128);
  });

  it('divide to 0 by 0, and round towards minus infinity', () => {
    const x = tensor([7, -7, 7, -7, 5], { dtype: 'int32' });
    const y = tensor([2, 2, -2, -2, 0], { dtype: 'int32' });
    expect(x.floorDivide(y).arraySync()).toEqual([3, -4, -4, 3, 0]);
    expect(x.mod(y).arraySync()).toEqual([1, 1, -1, -1, 0]);
  });

  it('of 64 bits are exact beyond floats', () => {
    const big = tensor(BigInt64Array.of(9007199254740993n, -9007199254740993n));
    expect(big.add(2n).arraySync()).toEqual([9007199254740995n, -9007199254740991]);
    expect(big.mul(3n).dataSync()).toEqual(BigInt64Array.of(27021597764222979n, -27021597764222979n));
    expect(big.sum().item()).toBe(0);
  });

  it('shift by their width to nothing', () => {
    const x = tensor([1, -1], { dtype: 'int32' });
    expect(ops.bitwiseLeftShift(x, 32).arraySync()).toEqual([0, 0]);
    expect(ops.bitwiseRightShift(x, 40).arraySync()).toEqual([0, -1]);
  });
});

describe('casts', () => {
  const SOURCES: readonly TypedArray[] = [Float32Array.of(-1.9, 0, 0.4, 2.6), Int32Array.of(-2, 0, 1, 3)];

  it('cut floats off, and take everything but 0 for true', () => {
    const [floats, ints] = SOURCES.map((array) => tensor(array)) as [Tensor, Tensor];
    expect(floats.cast('int32').arraySync()).toEqual([-1, 0, 0, 2]);
    expect(floats.cast('bool').arraySync()).toEqual([true, false, true, true]);
    expect(ints.cast('bool').arraySync()).toEqual([true, false, true, true]);
    expect(ints.cast('float16').arraySync()).toEqual([-2, 0, 1, 3]);
    expect(ints.cast('int64').dtype).toBe('int64');
    expect(ints.cast('bool').cast('float32').arraySync()).toEqual([1, 0, 1, 1]);
  });

  it('round to the nearest 16-bit float, ties to even', () => {
    expect(tensor([2049, 2051]).cast('float16').arraySync()).toEqual([2048, 2052]);
    expect(tensor([257, 259]).cast('bfloat16').arraySync()).toEqual([256, 260]);
    expect(tensor([70000, -70000]).cast('float16').arraySync()).toEqual([Infinity, -Infinity]);
  });
});

describe('indices that are out of range', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const far = tensor([5], { dtype: 'int32' });

  it.each([
    ['take', () => x.take(far, 0)],
    ['takeAlongAxis', () => x.takeAlongAxis(tensor([[9], [0]], { dtype: 'int32' }), 1)],
    ['gatherNd', () => ops.gatherNd(x, [[0, 7]])],
    ['scatter', () => ops.scatter([[3]], [1], [2])],
    ['segmentSum', () => ops.segmentSum(x, [0, 4], { numSegments: 2 })],
    ['labels', () => ops.sparseCategoricalCrossentropy([0, 2], x, { fromLogits: true })],
  ])('are an error of %s when it is computed', (_name, run) => {
    const pending = run();
    expect(() => pending.dataSync()).toThrow(IbexError);
    expect(() => run().dataSync()).toThrow(/out of range|is no class/);
  });
});

describe('empty and scalar tensors', () => {
  it('go through every family', () => {
    const none = ops.zeros([0, 3]);
    expect(ops.exp(none).shape).toEqual([0, 3]);
    expect(none.transpose().arraySync()).toEqual([[], [], []]);
    expect(ops.matmul(none, ops.ones([3, 2])).arraySync()).toEqual([]);
    expect(ops.matmul(ops.zeros([2, 0]), ops.zeros([0, 2])).arraySync()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(ops.concatenate([none, ops.ones([1, 3])]).arraySync()).toEqual([[1, 1, 1]]);
    expect(none.sort(0).shape).toEqual([0, 3]);
    expect(ops.softmax(none).arraySync()).toEqual([]);
    expect(ops.cumsum(none, 0).arraySync()).toEqual([]);
    expect(ops.take(ops.ones([2]), ops.zeros([0], { dtype: 'int32' })).arraySync()).toEqual([]);
    expect(ops.add(2, 3).item()).toBe(5);
    expect(ops.sum(2).item()).toBe(2);
    expect(ops.mean(tensor(4)).shape).toEqual([]);
    expect(ops.reshape(4, [1, 1]).arraySync()).toEqual([[4]]);
    expect(ops.einsum(',->', 2, 3).item()).toBe(6);
  });
});
