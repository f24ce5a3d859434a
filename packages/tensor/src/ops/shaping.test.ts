// Expected values: Keras 3 on JAX.
import { describe, expect, it } from 'vitest';
import { type NestedArray, ops, type Tensor, tensor } from '../index.js';
import { expectClose } from '../testing/index.js';

const a = tensor([
  [0.5, -1.25, 2.0],
  [3.0, -0.75, 0.25],
]);
const b = tensor([
  [1.5, 2.0, -0.5],
  [0.25, -3.0, 1.0],
]);
const row = tensor([1.0, -2.0, 0.5]);
const i = tensor(
  [
    [3, -7, 5],
    [2, 0, -4],
  ],
  { dtype: 'int32' },
);

const CASES: readonly (readonly [name: string, run: () => Tensor, dtype: string, expected: NestedArray])[] = [
  [
    'reshape',
    () => ops.reshape(a, [3, -1]),
    'float32',
    [
      [0.5, -1.25],
      [2, 3],
      [-0.75, 0.25],
    ],
  ],
  ['ravel', () => ops.ravel(a), 'float32', [0.5, -1.25, 2, 3, -0.75, 0.25]],
  [
    'transpose',
    () => ops.transpose(a),
    'float32',
    [
      [0.5, 3],
      [-1.25, -0.75],
      [2, 0.25],
    ],
  ],
  [
    'transpose of axes',
    () => ops.transpose(ops.reshape(a, [1, 2, 3]), [2, 0, 1]),
    'float32',
    [[[0.5, 3]], [[-1.25, -0.75]], [[2, 0.25]]],
  ],
  [
    'moveaxis',
    () => ops.moveaxis(ops.reshape(a, [1, 2, 3]), 0, -1),
    'float32',
    [
      [[0.5], [-1.25], [2]],
      [[3], [-0.75], [0.25]],
    ],
  ],
  [
    'moveaxis of two',
    () => ops.moveaxis(ops.reshape(a, [1, 2, 3]), [0, 1], [-1, 0]),
    'float32',
    [
      [[0.5], [-1.25], [2]],
      [[3], [-0.75], [0.25]],
    ],
  ],
  [
    'swapaxes',
    () => ops.swapaxes(a, 0, 1),
    'float32',
    [
      [0.5, 3],
      [-1.25, -0.75],
      [2, 0.25],
    ],
  ],
  [
    'expandDims',
    () => ops.expandDims(a, [0, -1]),
    'float32',
    [
      [
        [[0.5], [-1.25], [2]],
        [[3], [-0.75], [0.25]],
      ],
    ],
  ],
  [
    'squeeze',
    () => ops.squeeze(ops.reshape(a, [1, 2, 1, 3])),
    'float32',
    [
      [0.5, -1.25, 2],
      [3, -0.75, 0.25],
    ],
  ],
  [
    'squeeze an axis',
    () => ops.squeeze(ops.reshape(a, [1, 2, 1, 3]), -2),
    'float32',
    [
      [
        [0.5, -1.25, 2],
        [3, -0.75, 0.25],
      ],
    ],
  ],
  [
    'broadcastTo',
    () => ops.broadcastTo(row, [2, 3]),
    'float32',
    [
      [1, -2, 0.5],
      [1, -2, 0.5],
    ],
  ],
  [
    'concatenate',
    () => ops.concatenate([a, b], 1),
    'float32',
    [
      [0.5, -1.25, 2, 1.5, 2, -0.5],
      [3, -0.75, 0.25, 0.25, -3, 1],
    ],
  ],
  [
    'concatenate of dtypes',
    () => ops.concatenate([a, i], 0),
    'float32',
    [
      [0.5, -1.25, 2],
      [3, -0.75, 0.25],
      [3, -7, 5],
      [2, 0, -4],
    ],
  ],
  [
    'stack',
    () => ops.stack([a, b], -1),
    'float32',
    [
      [
        [0.5, 1.5],
        [-1.25, 2],
        [2, -0.5],
      ],
      [
        [3, 0.25],
        [-0.75, -3],
        [0.25, 1],
      ],
    ],
  ],
  ['split [0]', () => ops.split(a, 3, 1)[0]!, 'float32', [[0.5], [3]]],
  ['split [1]', () => ops.split(a, 3, 1)[1]!, 'float32', [[-1.25], [-0.75]]],
  ['split [2]', () => ops.split(a, 3, 1)[2]!, 'float32', [[2], [0.25]]],
  ['split at [0]', () => ops.split(row, [1])[0]!, 'float32', [1]],
  ['split at [1]', () => ops.split(row, [1])[1]!, 'float32', [-2, 0.5]],
  ['arraySplit [0]', () => ops.arraySplit([1, 2, 3, 4, 5], 3)[0]!, 'float32', [1, 2]],
  ['arraySplit [1]', () => ops.arraySplit([1, 2, 3, 4, 5], 3)[1]!, 'float32', [3, 4]],
  ['arraySplit [2]', () => ops.arraySplit([1, 2, 3, 4, 5], 3)[2]!, 'float32', [5]],
  ['unstack [0]', () => ops.unstack(a, null, 1)[0]!, 'float32', [0.5, 3]],
  ['unstack [1]', () => ops.unstack(a, null, 1)[1]!, 'float32', [-1.25, -0.75]],
  ['unstack [2]', () => ops.unstack(a, null, 1)[2]!, 'float32', [2, 0.25]],
  [
    'vstack',
    () => ops.vstack([row, row]),
    'float32',
    [
      [1, -2, 0.5],
      [1, -2, 0.5],
    ],
  ],
  ['hstack', () => ops.hstack([row, row]), 'float32', [1, -2, 0.5, 1, -2, 0.5]],
  [
    'dstack',
    () => ops.dstack([a, b]),
    'float32',
    [
      [
        [0.5, 1.5],
        [-1.25, 2],
        [2, -0.5],
      ],
      [
        [3, 0.25],
        [-0.75, -3],
        [0.25, 1],
      ],
    ],
  ],
  [
    'tile',
    () => ops.tile(a, [2, 1, 2]),
    'float32',
    [
      [
        [0.5, -1.25, 2, 0.5, -1.25, 2],
        [3, -0.75, 0.25, 3, -0.75, 0.25],
      ],
      [
        [0.5, -1.25, 2, 0.5, -1.25, 2],
        [3, -0.75, 0.25, 3, -0.75, 0.25],
      ],
    ],
  ],
  ['tile of a vector', () => ops.tile(row, 2), 'float32', [1, -2, 0.5, 1, -2, 0.5]],
  [
    'repeat',
    () => ops.repeat(a, 2, 1),
    'float32',
    [
      [0.5, 0.5, -1.25, -1.25, 2, 2],
      [3, 3, -0.75, -0.75, 0.25, 0.25],
    ],
  ],
  ['repeat flat', () => ops.repeat(row, 2), 'float32', [1, 1, -2, -2, 0.5, 0.5]],
  [
    'repeat by counts',
    () => ops.repeat(a, [0, 1, 2], 1),
    'float32',
    [
      [-1.25, 2, 2],
      [-0.75, 0.25, 0.25],
    ],
  ],
  [
    'flip',
    () => ops.flip(a),
    'float32',
    [
      [0.25, -0.75, 3],
      [2, -1.25, 0.5],
    ],
  ],
  [
    'flip an axis',
    () => ops.flip(a, 1),
    'float32',
    [
      [2, -1.25, 0.5],
      [0.25, -0.75, 3],
    ],
  ],
  [
    'roll',
    () => ops.roll(a, 1, 1),
    'float32',
    [
      [2, 0.5, -1.25],
      [0.25, 3, -0.75],
    ],
  ],
  [
    'roll flat',
    () => ops.roll(a, -2),
    'float32',
    [
      [2, 3, -0.75],
      [0.25, 0.5, -1.25],
    ],
  ],
  [
    'rot90',
    () => ops.rot90(a),
    'float32',
    [
      [2, 0.25],
      [-1.25, -0.75],
      [0.5, 3],
    ],
  ],
  [
    'rot90 thrice',
    () => ops.rot90(a, 3),
    'float32',
    [
      [3, 0.5],
      [-0.75, -1.25],
      [0.25, 2],
    ],
  ],
  ['append', () => ops.append(row, [9]), 'float32', [1, -2, 0.5, 9]],
  [
    'pad',
    () =>
      ops.pad(
        a,
        [
          [1, 0],
          [0, 2],
        ],
        { constantValues: 7 },
      ),
    'float32',
    [
      [7, 7, 7, 7, 7],
      [0.5, -1.25, 2, 7, 7],
      [3, -0.75, 0.25, 7, 7],
    ],
  ],
  ['pad reflect', () => ops.pad(row, 2, { mode: 'reflect' }), 'float32', [0.5, -2, 1, -2, 0.5, -2, 1]],
  [
    'pad reflect, wide',
    () => ops.pad(row, 5, { mode: 'reflect' }),
    'float32',
    [-2, 1, -2, 0.5, -2, 1, -2, 0.5, -2, 1, -2, 0.5, -2],
  ],
  [
    'pad symmetric',
    () =>
      ops.pad(
        a,
        [
          [1, 1],
          [2, 3],
        ],
        { mode: 'symmetric' },
      ),
    'float32',
    [
      [-1.25, 0.5, 0.5, -1.25, 2, 2, -1.25, 0.5],
      [-1.25, 0.5, 0.5, -1.25, 2, 2, -1.25, 0.5],
      [-0.75, 3, 3, -0.75, 0.25, 0.25, -0.75, 3],
      [-0.75, 3, 3, -0.75, 0.25, 0.25, -0.75, 3],
    ],
  ],
  [
    'pad symmetric, wide',
    () => ops.pad(row, 8, { mode: 'symmetric' }),
    'float32',
    [-2, 1, 1, -2, 0.5, 0.5, -2, 1, 1, -2, 0.5, 0.5, -2, 1, 1, -2, 0.5, 0.5, -2],
  ],
  ['pad edge', () => ops.pad(row, [2, 1], { mode: 'edge' }), 'float32', [1, 1, 1, -2, 0.5, 0.5]],
  [
    'pad wrap',
    () => ops.pad(row, [4, 5], { mode: 'wrap' }),
    'float32',
    [0.5, 1, -2, 0.5, 1, -2, 0.5, 1, -2, 0.5, 1, -2],
  ],
  ['arange', () => ops.arange(5), 'int32', [0, 1, 2, 3, 4]],
  ['arange in steps', () => ops.arange(1, 2, 0.25), 'float32', [1, 1.25, 1.5, 1.75]],
  ['arange down', () => ops.arange(5, 0, -2), 'int32', [5, 3, 1]],
  ['linspace', () => ops.linspace(0, 1, { num: 5 }), 'float32', [0, 0.25, 0.5, 0.75, 1]],
  [
    'linspace without end',
    () => ops.linspace(0, 1, { num: 4, endpoint: false }),
    'float32',
    [0, 0.25, 0.5, 0.75],
  ],
  [
    'linspace of arrays',
    () => ops.linspace([0, 1], [1, 3], { num: 3 }),
    'float32',
    [
      [0, 1],
      [0.5, 2],
      [1, 3],
    ],
  ],
  ['logspace', () => ops.logspace(0, 2, { num: 3 }), 'float32', [1, 10, 100]],
  ['geomspace', () => ops.geomspace(1, 8, { num: 4 }), 'float32', [1, 2, 4, 8]],
  [
    'eye',
    () => ops.eye(2, 3, { k: 1 }),
    'float32',
    [
      [0, 1, 0],
      [0, 0, 1],
    ],
  ],
  [
    'tri',
    () => ops.tri(3, 2),
    'float32',
    [
      [1, 0],
      [1, 1],
      [1, 1],
    ],
  ],
  [
    'tril',
    () => ops.tril(a),
    'float32',
    [
      [0.5, 0, 0],
      [3, -0.75, 0],
    ],
  ],
  [
    'triu',
    () => ops.triu(a, 1),
    'float32',
    [
      [0, -1.25, 2],
      [0, 0, 0.25],
    ],
  ],
  [
    'meshgrid [0]',
    () =>
      ops.meshgrid(
        [
          [1, 2],
          [3, 4, 5],
        ].map((v) => tensor(v)),
      )[0]!,
    'float32',
    [
      [1, 2],
      [1, 2],
      [1, 2],
    ],
  ],
  [
    'meshgrid [1]',
    () =>
      ops.meshgrid(
        [
          [1, 2],
          [3, 4, 5],
        ].map((v) => tensor(v)),
      )[1]!,
    'float32',
    [
      [3, 3],
      [4, 4],
      [5, 5],
    ],
  ],
  [
    'meshgrid ij [0]',
    () => ops.meshgrid([tensor([1, 2]), tensor([3, 4, 5])], { indexing: 'ij' })[0]!,
    'float32',
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
  ],
  [
    'meshgrid ij [1]',
    () => ops.meshgrid([tensor([1, 2]), tensor([3, 4, 5])], { indexing: 'ij' })[1]!,
    'float32',
    [
      [3, 4, 5],
      [3, 4, 5],
    ],
  ],
  [
    'full',
    () => ops.full([2, 2], 1.5),
    'float32',
    [
      [1.5, 1.5],
      [1.5, 1.5],
    ],
  ],
  [
    'onesLike',
    () => ops.onesLike(i),
    'int32',
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
  ],
  [
    'zerosLike as another dtype',
    () => ops.zerosLike(a, { dtype: 'bool' }),
    'bool',
    [
      [false, false, false],
      [false, false, false],
    ],
  ],
  ['hanning', () => ops.hanning(5), 'float32', [0, 0.5, 1, 0.5, 0]],
  ['hamming', () => ops.hamming(4), 'float32', [0.08000001, 0.77, 0.77, 0.08000001]],
  ['blackman', () => ops.blackman(5), 'float32', [-1.490116e-8, 0.34, 0.9999999, 0.34, -1.490116e-8]],
  ['kaiser', () => ops.kaiser(5, 3), 'float32', [0.2048848, 0.7269254, 1, 0.7269254, 0.2048848]],
  [
    'vander',
    () => ops.vander(row),
    'float32',
    [
      [1, 1, 1],
      [4, -2, 1],
      [0.25, 0.5, 1],
    ],
  ],
  [
    'vander rising',
    () => ops.vander(row, 2, { increasing: true }),
    'float32',
    [
      [1, 1],
      [1, -2],
      [1, 0.5],
    ],
  ],
  ['bartlett', () => ops.bartlett(5), 'float32', [0, 0.5, 1, 0.5, 0]],
];

describe.each(CASES)('%s', (_name, run, dtype, expected) => {
  it('gives the reference values', () => {
    const result = run();
    expect(result.dtype).toBe(dtype);
    expectClose(result, expected, { rtol: 2e-5, atol: 2e-6 });
  });
});
