// Every differentiable function against central differences in float64, in first and (where marked) second order.
import { describe, expect, it } from 'vitest';
import { grad, type NestedArray, ops, type Tensor, tensor } from '../index.js';
import { checkGradient } from '../testing/index.js';

type Compute = (a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor) => unknown;
type Case = readonly [name: string, fn: Compute, inputs: readonly (NestedArray | Tensor)[]];

const A: NestedArray = [
  [0.5, -1.25, 2],
  [3, -0.75, 0.25],
];
const B: NestedArray = [
  [1.5, 2, -0.5],
  [0.3, -3, 1],
];
const ROW: NestedArray = [1, -2, 0.5];
/** In 0 … 1, no two alike. */
const P: NestedArray = [
  [0.1, 0.45, 0.6],
  [0.7, 0.2, 0.3],
];
const M: NestedArray = [
  [1, 2],
  [-0.5, 0.25],
  [3, -1],
];

const wave = (shape: readonly number[], salt = 0): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 0.4 + salt) + 0.01 * i),
    { shape },
  );
};
const whole = (values: NestedArray): Tensor => tensor(values, { dtype: 'int32' });
const flags = (values: NestedArray): Tensor => tensor(values, { dtype: 'bool' });

const SMOOTH: readonly Case[] = [
  ['negative', ops.negative, [A]],
  ['exp', ops.exp, [A]],
  ['expm1', ops.expm1, [A]],
  ['log', ops.log, [P]],
  ['log1p', ops.log1p, [P]],
  ['log2', ops.log2, [P]],
  ['log10', ops.log10, [P]],
  ['sqrt', ops.sqrt, [P]],
  ['rsqrt', ops.rsqrt, [P]],
  ['reciprocal', ops.reciprocal, [A]],
  ['square', ops.square, [A]],
  ['sin', ops.sin, [A]],
  ['cos', ops.cos, [A]],
  ['tan', ops.tan, [P]],
  ['arcsin', ops.arcsin, [P]],
  ['arccos', ops.arccos, [P]],
  ['arctan', ops.arctan, [A]],
  ['sinh', ops.sinh, [A]],
  ['cosh', ops.cosh, [A]],
  ['tanh', ops.tanh, [A]],
  ['arcsinh', ops.arcsinh, [A]],
  ['arccosh', (x) => ops.arccosh(x.add(1.5)), [P]],
  ['arctanh', ops.arctanh, [P]],
  ['erf', ops.erf, [A]],
  ['erfc', ops.erfc, [A]],
  ['erfinv', ops.erfinv, [P]],
  ['lgamma', ops.lgamma, [P]],
  ['digamma', ops.digamma, [P]],
  ['sigmoid', ops.sigmoid, [A]],
  ['softplus', ops.softplus, [A]],
  ['add', ops.add, [A, ROW]],
  ['subtract', ops.subtract, [ROW, A]],
  ['multiply', ops.multiply, [A, ROW]],
  ['divide', ops.divide, [A, B]],
  ['power', ops.power, [P, B]],
  ['power by a number', (x) => ops.power(x, 2.5), [P]],
  ['arctan2', ops.arctan2, [A, B]],
  ['hypot', ops.hypot, [A, B]],
  ['logaddexp', ops.logaddexp, [A, B]],
  ['sinc', ops.sinc, [A]],
  ['sum', (x) => x.sum(0), [A]],
  ['prod', (x) => x.prod(1), [A]],
  ['mean', (x) => x.mean([0, 1], { keepdims: true }), [A]],
  ['var', (x) => x.var(1), [A]],
  ['std', (x) => x.std(0), [A]],
  ['logsumexp', (x) => x.logsumexp(1), [A]],
  ['norm', (x) => ops.norm(x, 1), [A]],
  ['average', (x, w) => ops.average(x, 1, { weights: w }), [A, ROW]],
  ['cumsum', (x) => x.cumsum(1, { reverse: true, exclusive: true }), [A]],
  ['cumprod', (x) => x.cumprod(1), [A]],
  ['reversed cumprod', (x) => x.cumprod(0, { reverse: true, exclusive: true }), [A]],
  ['reshape', (x) => x.reshape([3, 2]), [A]],
  ['broadcastTo', (x) => x.broadcastTo([2, 2, 3]), [A]],
  ['transpose', (x) => x.reshape([1, 2, 3]).transpose([2, 0, 1]), [A]],
  ['index', (x) => x.at(1, [null, null, 2]), [A]],
  ['flip', (x) => x.flip(1), [A]],
  [
    'pad',
    (x) =>
      ops.pad(x, [
        [1, 0],
        [2, 1],
      ]),
    [A],
  ],
  [
    'reflecting pad',
    (x) =>
      ops.pad(
        x,
        [
          [1, 1],
          [2, 1],
        ],
        { mode: 'reflect' },
      ),
    [A],
  ],
  ['concatenate', (x, y) => ops.concatenate([x, y], 1), [A, B]],
  ['stack', (x, y) => ops.stack([x, y], 1), [A, B]],
  ['split', (x) => ops.split(x, [1], 1), [A]],
  ['tile', (x) => x.tile([2, 2]), [A]],
  ['repeat', (x) => x.repeat(2, 1), [A]],
  ['roll', (x) => ops.roll(x, 1, 1), [A]],
  ['take', (x, i) => x.take(i, 1), [A, whole([2, 0, 2])]],
  [
    'takeAlongAxis',
    (x, i) => x.takeAlongAxis(i, 1),
    [
      A,
      whole([
        [0, 0],
        [2, -1],
      ]),
    ],
  ],
  [
    'gatherNd',
    (x, i) => ops.gatherNd(x, i),
    [
      A,
      whole([
        [0, 1],
        [1, 2],
        [0, 1],
      ]),
    ],
  ],
  ['slice at run time', (x, i) => ops.slice(x, i, [1, 2]), [A, whole([1, 1])]],
  ['sliceUpdate', (x, u, i) => ops.sliceUpdate(x, i, u), [A, [[5, 6]], whole([0, 1])]],
  ['scatter', (u, i) => ops.scatter(i, u, [3]), [ROW, whole([[0], [2], [0]])]],
  [
    'scatterUpdate',
    (x, u, i) => ops.scatterUpdate(x, i, u),
    [
      A,
      [4, 5],
      whole([
        [0, 1],
        [0, 1],
      ]),
    ],
  ],
  [
    'scatterUpdate that multiplies',
    (x, u, i) => ops.scatterUpdate(x, i, u, { reduction: 'mul' }),
    [
      A,
      [4, 5],
      whole([
        [0, 1],
        [0, 1],
      ]),
    ],
  ],
  ['segmentSum', (x, i) => ops.segmentSum(x, i, { numSegments: 3 }), [M, whole([2, 0, 2])]],
  ['diag', (x) => ops.diag(x, 1), [ROW]],
  ['diagonal', (x) => ops.diagonal(x, { offset: 1 }), [A]],
  ['tril', (x) => ops.tril(x), [A]],
  ['matmul', ops.matmul, [A, M]],
  ['batch matmul', ops.matmul, [wave([2, 2, 3]), wave([3, 2], 1)]],
  ['broadcast matmul', ops.matmul, [wave([2, 3]), wave([2, 3, 2], 1)]],
  ['vector matmul', ops.matmul, [ROW, M]],
  ['tensordot', (x, y) => ops.tensordot(x, y, [[1], [0]]), [A, M]],
  ['einsum', (x, y) => ops.einsum('bij,kj->bki', x, y), [wave([2, 2, 3]), A]],
  ['outer', ops.outer, [ROW, [1, 2]]],
  ['cross', (x, y) => ops.cross(x, y), [A, B]],
  ['softmax', (x) => x.softmax(), [A]],
  ['softmax along axis 0', (x) => x.softmax(0), [A]],
  ['logSoftmax', (x) => x.logSoftmax(), [A]],
  ['silu', ops.silu, [A]],
  ['mish', ops.mish, [A]],
  ['gelu', (x) => ops.gelu(x), [A]],
  ['exact gelu', (x) => ops.gelu(x, { approximate: false }), [A]],
  ['softsign', ops.softsign, [A]],
  ['logSigmoid', ops.logSigmoid, [A]],
  ['glu', (x) => ops.glu(x), [M]],
  ['binaryCrossentropy', (x, y) => ops.binaryCrossentropy(x, y), [P, wave([2, 3]).mul(0.3).add(0.5)]],
  ['binaryCrossentropy from logits', (t, x) => ops.binaryCrossentropy(t, x, { fromLogits: true }), [P, A]],
  [
    'categoricalCrossentropy',
    (x, y) => ops.categoricalCrossentropy(x, y),
    [
      P,
      [
        [0.2, 0.3, 0.5],
        [0.1, 0.2, 0.7],
      ],
    ],
  ],
  [
    'categoricalCrossentropy from logits',
    (t, x) => ops.categoricalCrossentropy(t, x, { fromLogits: true }),
    [P, A],
  ],
  [
    'sparseCategoricalCrossentropy',
    (x) => ops.sparseCategoricalCrossentropy([2, 0], x, { fromLogits: true }),
    [A],
  ],
  ['moments', (x) => ops.moments(x, 0), [A]],
  [
    'batchNormalization',
    (x, mean, variance) => ops.batchNormalization(x, mean, variance, -1),
    [A, ROW, [1, 2, 0.5]],
  ],
  [
    'batchNormalizationTraining',
    (x, scale, offset) => ops.batchNormalizationTraining(x, 1, { scale: scale, offset: offset }),
    [wave([3, 2, 2]), [1, 2], [0.5, 0]],
  ],
  [
    'layerNormalization',
    (x, gamma, beta) => ops.layerNormalization(x, { gamma: gamma, beta: beta }),
    [wave([2, 3]), ROW, [0, 1, 2]],
  ],
  ['rmsNormalization', (x, scale) => ops.rmsNormalization(x, { scale: scale }), [A, ROW]],
  ['normalize', (x) => ops.normalize(x), [A]],
  [
    'dotProductAttention',
    (q, k, v) => ops.dotProductAttention(q, k, v, { isCausal: true }),
    [wave([1, 2, 2, 2]), wave([1, 2, 2, 2], 1), wave([1, 2, 2, 2], 2)],
  ],
  [
    'dotProductAttention with shared heads and a row that sees no key',
    (q, k, v) =>
      ops.dotProductAttention(q, k, v, {
        mask: [
          [true, false, true],
          [false, false, false],
        ],
      }),
    [wave([1, 2, 4, 2]), wave([1, 3, 2, 2], 1), wave([1, 3, 2, 1], 2)],
  ],
  [
    'dotProductAttention with a bias',
    (q, k, v, bias) => ops.dotProductAttention(q, k, v, { bias, isCausal: true }),
    [wave([1, 2, 2, 2]), wave([1, 2, 2, 2], 1), wave([1, 2, 2, 2], 2), wave([2, 2], 3)],
  ],
  [
    'conv',
    (x, w) => ops.conv(x, w, { padding: 'same', strides: 2 }),
    [wave([1, 4, 3, 2]), wave([3, 2, 2, 2], 1)],
  ],
  [
    'conv of sequences',
    (x, w) => ops.conv(x, w, { padding: 'causal', dilationRate: 2 }),
    [wave([2, 5, 2]), wave([2, 2, 1], 1)],
  ],
  ['conv in groups', (x, w) => ops.conv(x, w), [wave([1, 3, 3, 4]), wave([2, 2, 2, 2], 1)]],
  ['conv of volumes', (x, w) => ops.conv(x, w), [wave([1, 2, 3, 2, 1]), wave([2, 2, 1, 1, 2], 1)]],
  [
    'depthwiseConv',
    (x, w) => ops.depthwiseConv(x, w, { padding: 'same' }),
    [wave([1, 3, 3, 2]), wave([2, 2, 2, 2], 1)],
  ],
  [
    'convTranspose',
    (x, w) => ops.convTranspose(x, w, { strides: 2, padding: 'same' }),
    [wave([1, 2, 2, 2]), wave([3, 3, 1, 2], 1)],
  ],
  ['maxPool', (x) => ops.maxPool(x, 2, { strides: 1, padding: 'same' }), [wave([1, 3, 3, 2])]],
  ['averagePool', (x) => ops.averagePool(x, 2, { strides: 1, padding: 'same' }), [wave([1, 3, 3, 2])]],
  ['resize', (x) => ops.resize(x, [3, 5]), [wave([1, 2, 3, 1])]],
  [
    'lstm',
    (x, u, h, c) => ops.lstm(x, u, h, c, undefined, { reverse: false }),
    [wave([2, 3, 8]), wave([2, 8], 1), wave([2, 2], 2), wave([2, 2], 3)],
  ],
  [
    'masked lstm backwards',
    (x, u, h, c, m) => ops.lstm(x, u, h, c, m, { reverse: true }).slice(0, 2),
    [
      wave([2, 3, 8]),
      wave([2, 8], 1),
      wave([2, 2], 2),
      wave([2, 2], 3),
      flags([
        [true, false, true],
        [false, true, true],
      ]),
    ],
  ],
  [
    'gru',
    (x, u, b, h) => ops.gru(x, u, b, h, undefined, { reverse: false }),
    [wave([2, 3, 6]), wave([2, 6], 1), wave([6], 2), wave([2, 2], 3)],
  ],
  [
    'masked gru backwards',
    (x, u, b, h, m) => ops.gru(x, u, b, h, m, { reverse: true })[0],
    [
      wave([2, 3, 6]),
      wave([2, 6], 1),
      wave([6], 2),
      wave([2, 2], 3),
      flags([
        [true, false, true],
        [false, true, true],
      ]),
    ],
  ],
];

/** Piecewise: away from their kinks the second derivative is 0 or that of a piece. */
const PIECEWISE: readonly Case[] = [
  ['absolute', ops.absolute, [A]],
  ['relu', ops.relu, [A]],
  ['relu6', ops.relu6, [A]],
  ['leakyRelu', (x) => ops.leakyRelu(x), [A]],
  ['elu', (x) => ops.elu(x), [A]],
  ['selu', ops.selu, [A]],
  ['celu', (x) => ops.celu(x), [A]],
  ['hardSigmoid', ops.hardSigmoid, [A]],
  ['hardSilu', ops.hardSilu, [A]],
  ['hardTanh', ops.hardTanh, [A]],
  ['hardShrink', (x) => ops.hardShrink(x), [[0.6, -1.25, 0.2]]],
  ['softShrink', (x) => ops.softShrink(x), [[0.6, -1.25, 0.2]]],
  ['sparsePlus', ops.sparsePlus, [A]],
  ['sparsemax', (x) => ops.sparsemax(x), [A]],
  ['maximum', ops.maximum, [A, B]],
  ['minimum', ops.minimum, [A, B]],
  [
    'mod',
    ops.mod,
    [
      A,
      [
        [1.5, 2, -0.6],
        [0.7, -3, 1],
      ],
    ],
  ],
  ['clip', (x) => x.clip(-1, 1), [A]],
  [
    'where',
    (c, x, y) => ops.where(c, x, y),
    [
      flags([
        [true, false, true],
        [false, true, false],
      ]),
      A,
      ROW,
    ],
  ],
  [
    'divideNoNan',
    (x) =>
      ops.divideNoNan(x, [
        [1.5, 0, 2],
        [0, 1, 3],
      ]),
    [A],
  ],
  ['max', (x) => x.max(1), [A]],
  ['min', (x) => x.min(0, { keepdims: true }), [A]],
  ['cummax', (x) => ops.cummax(x, 1), [A]],
  ['cummin', (x) => ops.cummin(x, 1, { reverse: true }), [A]],
  ['sort', (x) => x.sort(1), [A]],
  ['sort down', (x) => x.sort(0, { descending: true }), [A]],
  ['topK', (x) => ops.topK(x, 2), [A]],
  ['median', (x) => ops.median(x, 1), [A]],
  ['quantile', (x) => ops.quantile(x, [0.2, 0.7], 1), [A]],
  ['segmentMax', (x, i) => ops.segmentMax(x, i, { numSegments: 2 }), [M, whole([1, 0, 1])]],
  [
    'scatterUpdate by max',
    (x, u, i) => ops.scatterUpdate(x, i, u, { reduction: 'max' }),
    [
      A,
      [4, -5],
      whole([
        [0, 1],
        [1, 0],
      ]),
    ],
  ],
];

describe.each(SMOOTH)('%s', (_name, fn, inputs) => {
  it('has the gradient of central differences, twice', () => {
    checkGradient(fn, inputs, { secondOrder: true });
  });
});

describe.each(PIECEWISE)('%s', (_name, fn, inputs) => {
  it('has the gradient of central differences', () => {
    checkGradient(fn, inputs);
  });
});

describe('gradients where a formula is not defined', () => {
  const at = (fn: (x: Tensor) => Tensor, x: NestedArray): NestedArray =>
    grad((t: Tensor) => fn(t).sum())(tensor(x, { dtype: 'float64' })).arraySync();

  it('of a product with zeros is the product of the others', () => {
    expect(
      at(
        (x) => x.prod(1),
        [
          [0, 2, 3],
          [0, 0, 4],
        ],
      ),
    ).toEqual([
      [6, 0, 0],
      [0, 0, 0],
    ]);
    expect(at((x) => x.cumprod(0), [2, 0, 3])).toEqual([1, 8, 0]);
  });

  it('of powers at 0 stays finite', () => {
    expect(at((x) => x.pow(3), [0, 2])).toEqual([0, 12]);
    expect(at((x) => ops.power(x, tensor([2, 0], { dtype: 'float64' })), [0, 0])).toEqual([0, 0]);
  });

  it('of a maximum is shared at ties', () => {
    expect(at((x) => x.maximum(1), [1, 2, 0])).toEqual([0.5, 1, 0]);
    expect(at((x) => x.max(), [2, 1, 2])).toEqual([0.5, 0, 0.5]);
  });

  it('of divideNoNan by 0 is 0', () => {
    expect(at((x) => ops.divideNoNan(1, x), [0, 2])).toEqual([0, -0.25]);
  });

  it('of an update that a later one replaced is 0', () => {
    expect(at((u) => ops.scatterUpdate(tensor([1, 2], { dtype: 'float64' }), [[0], [0]], u), [5, 6])).toEqual(
      [0, 1],
    );
  });

  it('of softplus and sigmoid is finite for large arguments', () => {
    expect(at(ops.softplus, [1000, -1000])).toEqual([1, 0]);
    expect(at(ops.sigmoid, [1000, -1000])).toEqual([0, 0]);
  });

  it('is null for what does not depend on the argument, so zero', () => {
    expect(at((x) => x.floor().add(x), [1.5])).toEqual([1]);
  });
});
