// Expected values: Keras 3 on JAX.
import { describe, expect, it } from 'vitest';
import { type NestedArray, ops, type Tensor, tensor } from '../index.js';
import { expectClose } from '../testing/index.js';

const a = tensor([
  [0.5, -1.25, 2.0],
  [3.0, -0.75, 0.25],
]);
const row = tensor([1.0, -2.0, 0.5]);
const p = tensor([
  [0.1, 0.4, 0.5],
  [0.7, 0.2, 0.1],
]);
const i = tensor(
  [
    [3, -7, 5],
    [2, 0, -4],
  ],
  { dtype: 'int32' },
);
const t = tensor([
  [true, false, true],
  [false, false, true],
]);
const s = tensor([NaN, Infinity, -Infinity, 0, -0, 1]);

const CASES: readonly (readonly [name: string, run: () => Tensor, dtype: string, expected: NestedArray])[] = [
  ['sum of all', () => ops.sum(a), 'float32', 3.75],
  ['sum over axis 0', () => ops.sum(a, 0), 'float32', [3.5, -2, 2.25]],
  ['sum over the last axis, kept', () => ops.sum(a, -1, { keepdims: true }), 'float32', [[1.25], [2.5]]],
  ['prod of all', () => ops.prod(a), 'float32', 0.703125],
  ['prod over axis 0', () => ops.prod(a, 0), 'float32', [1.5, 0.9375, 0.5]],
  [
    'prod over the last axis, kept',
    () => ops.prod(a, -1, { keepdims: true }),
    'float32',
    [[-1.25], [-0.5625]],
  ],
  ['mean of all', () => ops.mean(a), 'float32', 0.625],
  ['mean over axis 0', () => ops.mean(a, 0), 'float32', [1.75, -1, 1.125]],
  [
    'mean over the last axis, kept',
    () => ops.mean(a, -1, { keepdims: true }),
    'float32',
    [[0.4166667], [0.8333334]],
  ],
  ['var of all', () => ops.var(a), 'float32', 2.182292],
  ['var over axis 0', () => ops.var(a, 0), 'float32', [1.5625, 0.0625, 0.765625]],
  [
    'var over the last axis, kept',
    () => ops.var(a, -1, { keepdims: true }),
    'float32',
    [[1.763889], [2.513889]],
  ],
  ['std of all', () => ops.std(a), 'float32', 1.477258],
  ['std over axis 0', () => ops.std(a, 0), 'float32', [1.25, 0.25, 0.875]],
  [
    'std over the last axis, kept',
    () => ops.std(a, -1, { keepdims: true }),
    'float32',
    [[1.328115], [1.585525]],
  ],
  ['max of all', () => ops.max(a), 'float32', 3],
  ['max over axis 0', () => ops.max(a, 0), 'float32', [3, -0.75, 2]],
  ['max over the last axis, kept', () => ops.max(a, -1, { keepdims: true }), 'float32', [[2], [3]]],
  ['min of all', () => ops.min(a), 'float32', -1.25],
  ['min over axis 0', () => ops.min(a, 0), 'float32', [0.5, -1.25, 0.25]],
  ['min over the last axis, kept', () => ops.min(a, -1, { keepdims: true }), 'float32', [[-1.25], [-0.75]]],
  ['logsumexp of all', () => ops.logsumexp(a), 'float32', 3.439335],
  ['logsumexp over axis 0', () => ops.logsumexp(a, 0), 'float32', [3.07889, -0.275923, 2.160224]],
  [
    'logsumexp over the last axis, kept',
    () => ops.logsumexp(a, -1, { keepdims: true }),
    'float32',
    [[2.232622], [3.083832]],
  ],
  ['median of all', () => ops.median(a), 'float32', 0.375],
  ['median over axis 0', () => ops.median(a, 0), 'float32', [1.75, -1, 1.125]],
  [
    'median over the last axis, kept',
    () => ops.median(a, -1, { keepdims: true }),
    'float32',
    [[0.5], [0.25]],
  ],
  ['argmax of all', () => ops.argmax(a), 'int32', 3],
  ['argmax over axis 0', () => ops.argmax(a, 0), 'int32', [1, 1, 0]],
  ['argmax over the last axis, kept', () => ops.argmax(a, -1, { keepdims: true }), 'int32', [[2], [0]]],
  ['argmin of all', () => ops.argmin(a), 'int32', 1],
  ['argmin over axis 0', () => ops.argmin(a, 0), 'int32', [0, 0, 1]],
  ['argmin over the last axis, kept', () => ops.argmin(a, -1, { keepdims: true }), 'int32', [[1], [1]]],
  ['sum of ints', () => ops.sum(i, 1), 'int32', [1, -2]],
  ['sum of bools', () => ops.sum(t, 0), 'int32', [1, 0, 2]],
  ['mean of ints', () => ops.mean(i), 'float32', -0.1666667],
  ['mean of bools', () => ops.mean(t, 1), 'float32', [0.6666667, 0.3333333]],
  ['var of ints', () => ops.var(i, 0), 'float32', [0.25, 12.25, 20.25]],
  ['max of ints', () => ops.max(i, 0), 'int32', [3, 0, 5]],
  ['prod of ints', () => ops.prod(i, 1), 'int32', [-105, 0]],
  ['any', () => ops.any(t, 0), 'bool', [true, false, true]],
  ['all', () => ops.all(t, 0), 'bool', [false, false, true]],
  ['any of numbers', () => ops.any(i, 1), 'bool', [true, true]],
  ['all of numbers', () => ops.all(i, 1), 'bool', [true, false]],
  ['sum of nothing', () => ops.sum(ops.zeros([0, 3]), 0), 'float32', [0, 0, 0]],
  ['prod of nothing', () => ops.prod(ops.zeros([0, 3]), 0), 'float32', [1, 1, 1]],
  ['mean of nothing', () => ops.mean(ops.zeros([0, 3]), 0), 'float32', [NaN, NaN, NaN]],
  ['all of nothing', () => ops.all(ops.zeros([0])), 'bool', true],
  ['any of nothing', () => ops.any(ops.zeros([0])), 'bool', false],
  ['max with initial', () => ops.max(a, 1, { initial: 2.5 }), 'float32', [2.5, 3]],
  ['max with NaN', () => ops.max(s), 'float32', NaN],
  ['sum over two axes', () => ops.sum(ops.reshape(a, [1, 2, 3]), [0, 2]), 'float32', [1.25, 2.5]],
  ['average', () => ops.average(a, 1, { weights: row }), 'float32', [-8, -9.25]],
  ['average of all', () => ops.average(a, null, { weights: p }), 'float32', 1.2625],
  ['ptp', () => ops.ptp(a, 0), 'float32', [2.5, 0.5, 1.75]],
  ['countNonzero', () => ops.countNonzero(i, 1), 'int32', [3, 2]],
  ['logsumexp of -inf', () => ops.logsumexp(tensor([-Infinity, -Infinity])), 'float32', -Infinity],
  ['norm', () => ops.norm(a), 'float32', 3.929058],
  ['norm along an axis', () => ops.norm(a, 1), 'float32', [2.410913, 3.102418]],
  ['norm of order 1', () => ops.norm(a, 0, { ord: 1 }), 'float32', [3.5, 2, 2.25]],
  ['norm of order infinity', () => ops.norm(a, 1, { ord: Infinity, keepdims: true }), 'float32', [[2], [3]]],
  ['norm of order 3', () => ops.norm(a, 1, { ord: 3 }), 'float32', [2.160031, 3.016117]],
  ['Frobenius norm', () => ops.norm(a, [0, 1], { ord: 'fro' }), 'float32', 3.929058],
  ['matrix 1-norm', () => ops.norm(a, [0, 1], { ord: 1 }), 'float32', 3.5],
  [
    'quantiles',
    () => ops.quantile(a, [0.1, 0.5, 0.9], 1),
    'float32',
    [
      [-0.9, -0.55],
      [0.5, 0.25],
      [1.7, 2.45],
    ],
  ],
  ['percentile', () => ops.percentile(a, 30), 'float32', -0.2500001],
  ['quantile nearest', () => ops.quantile(a, 0.3, 0, { method: 'nearest' }), 'float32', [0.5, -1.25, 0.25]],
  ['quantile, kept', () => ops.quantile(a, 0.25, 1, { keepdims: true }), 'float32', [[-0.375], [-0.25]]],
  ['nansum', () => ops.nansum(tensor([1, NaN, 2])), 'float32', 3],
  [
    'nanmean',
    () =>
      ops.nanmean(
        tensor([
          [1, NaN],
          [2, 4],
        ]),
        1,
      ),
    'float32',
    [1, 3],
  ],
  ['nanmax', () => ops.nanmax(tensor([1, NaN, 2])), 'float32', 2],
  ['nanstd', () => ops.nanstd(tensor([1, NaN, 2, 5])), 'float32', 1.699673],
  ['nanargmin', () => ops.nanargmin(tensor([NaN, 3, 2])), 'int32', 2],
  [
    'nanmedian',
    () =>
      ops.nanmedian(
        tensor([
          [1, NaN, 3, 9],
          [NaN, NaN, NaN, NaN],
        ]),
        1,
      ),
    'float32',
    [3, NaN],
  ],
  [
    'nanquantile',
    () =>
      ops.nanquantile(
        tensor([
          [1, NaN, 3, 9],
          [4, 2, NaN, NaN],
        ]),
        [0.25, 0.6],
        1,
        { keepdims: true },
      ),
    'float32',
    [
      [[2], [2.5]],
      [[4.2], [3.2]],
    ],
  ],
  [
    'nanvar',
    () =>
      ops.nanvar(
        tensor([
          [1, NaN],
          [2, 4],
        ]),
        0,
      ),
    'float32',
    [0.25, 0],
  ],
  ['nancumsum', () => ops.nancumsum(tensor([1, NaN, 2])), 'float32', [1, 1, 3]],
  [
    'cumsum',
    () => ops.cumsum(a, 1),
    'float32',
    [
      [0.5, -0.75, 1.25],
      [3, 2.25, 2.5],
    ],
  ],
  ['cumsum of all', () => ops.cumsum(a), 'float32', [0.5, -0.75, 1.25, 4.25, 3.5, 3.75]],
  [
    'cumsum of bools',
    () => ops.cumsum(t, 0),
    'int32',
    [
      [1, 0, 1],
      [1, 0, 2],
    ],
  ],
  [
    'cumprod',
    () => ops.cumprod(a, 0),
    'float32',
    [
      [0.5, -1.25, 2],
      [1.5, 0.9375, 0.5],
    ],
  ],
  [
    'reversed cumsum',
    () => ops.cumsum(a, 1, { reverse: true }),
    'float32',
    [
      [1.25, 0.75, 2],
      [2.5, -0.5, 0.25],
    ],
  ],
  [
    'exclusive cumsum',
    () => ops.cumsum(a, 1, { exclusive: true }),
    'float32',
    [
      [0, 0.5, -0.75],
      [0, 3, 2.25],
    ],
  ],
  [
    'cummax',
    () => ops.cummax(a, 1),
    'float32',
    [
      [0.5, 0.5, 2],
      [3, 3, 3],
    ],
  ],
  [
    'cummin',
    () => ops.cummin(a, 1),
    'float32',
    [
      [0.5, -1.25, -1.25],
      [3, -0.75, -0.75],
    ],
  ],
  [
    'diff',
    () => ops.diff(a),
    'float32',
    [
      [-1.75, 3.25],
      [-3.75, 1],
    ],
  ],
  ['second diff', () => ops.diff(row, 2), 'float32', [5.5]],
  ['trapezoid', () => ops.trapezoid(a, { dx: 0.5 }), 'float32', [0, 0.4375]],
  ['trapezoid at places', () => ops.trapezoid(a, { x: [0, 1, 3] }), 'float32', [0.375, 0.625]],
  [
    'sort',
    () => ops.sort(a),
    'float32',
    [
      [-1.25, 0.5, 2],
      [-0.75, 0.25, 3],
    ],
  ],
  [
    'sort down',
    () => ops.sort(a, 1, { descending: true }),
    'float32',
    [
      [2, 0.5, -1.25],
      [3, 0.25, -0.75],
    ],
  ],
  [
    'sort along axis 0',
    () => ops.sort(a, 0),
    'float32',
    [
      [0.5, -1.25, 0.25],
      [3, -0.75, 2],
    ],
  ],
  ['sort with NaN', () => ops.sort(s), 'float32', [-Infinity, 0, 0, 1, Infinity, NaN]],
  [
    'argsort',
    () => ops.argsort(a),
    'int32',
    [
      [1, 0, 2],
      [1, 2, 0],
    ],
  ],
  ['sort flat', () => ops.sort(a, null), 'float32', [-1.25, -0.75, 0.25, 0.5, 2, 3]],
  [
    'topK [0]',
    () => ops.topK(a, 2)[0]!,
    'float32',
    [
      [2, 0.5],
      [3, 0.25],
    ],
  ],
  [
    'topK [1]',
    () => ops.topK(a, 2)[1]!,
    'int32',
    [
      [2, 0],
      [0, 2],
    ],
  ],
  [
    'searchsorted',
    () =>
      ops.searchsorted(
        [1, 2, 2, 5],
        [
          [0, 2],
          [3, 9],
        ],
      ),
    'int32',
    [
      [0, 1],
      [3, 4],
    ],
  ],
  ['searchsorted right', () => ops.searchsorted([1, 2, 2, 5], [2, 5], { side: 'right' }), 'int32', [3, 4]],
  [
    'digitize',
    () => ops.digitize(a, [-1, 0, 1]),
    'int32',
    [
      [2, 0, 3],
      [3, 1, 2],
    ],
  ],
  ['inTopK', () => ops.inTopK([2, 1], p, 1), 'bool', [true, false]],
  ['bincount', () => ops.bincount([1, 1, 3], { length: 5 }), 'int32', [0, 2, 0, 1, 0]],
  [
    'weighted bincount',
    () => ops.bincount([1, 1, 3], { length: 4, weights: row }),
    'float32',
    [0, -1, 0, 0.5],
  ],
  ['histogram [0]', () => ops.histogram(a, { bins: 4 })[0]!, 'float32', [2, 2, 0, 2]],
  ['histogram [1]', () => ops.histogram(a, { bins: 4 })[1]!, 'float32', [-1.25, -0.1875, 0.875, 1.9375, 3]],
  ['moments [0]', () => ops.moments(a, 0)[0]!, 'float32', [1.75, -1, 1.125]],
  ['moments [1]', () => ops.moments(a, 0)[1]!, 'float32', [1.5625, 0.0625, 0.765625]],
];

describe.each(CASES)('%s', (_name, run, dtype, expected) => {
  it('gives the reference values', () => {
    const result = run();
    expect(result.dtype).toBe(dtype);
    expectClose(result, expected, { rtol: 2e-5, atol: 2e-6 });
  });
});
