// Expected values: Keras 3 on JAX.
import { describe, expect, it } from 'vitest';
import { type NestedArray, ops, type Tensor, tensor } from '../index.js';
import { expectClose } from '../testing/index.js';

const a = tensor([
  [0.5, -1.25, 2.0],
  [3.0, -0.75, 0.25],
]);
const row = tensor([1.0, -2.0, 0.5]);
const m = tensor([
  [1.0, 2.0],
  [-0.5, 0.25],
  [3.0, -1.0],
]);

const CASES: readonly (readonly [name: string, run: () => Tensor, dtype: string, expected: NestedArray])[] = [
  [
    'take',
    () => ops.take(a, [2, 0], 1),
    'float32',
    [
      [2, 0.5],
      [0.25, 3],
    ],
  ],
  ['take of the end', () => ops.take(a, [-1], 0), 'float32', [[3, -0.75, 0.25]]],
  ['take one', () => ops.take(a, 1, 0), 'float32', [3, -0.75, 0.25]],
  [
    'take flat',
    () =>
      ops.take(a, [
        [0, 5],
        [2, 1],
      ]),
    'float32',
    [
      [0.5, 0.25],
      [2, -1.25],
    ],
  ],
  ['takeAlongAxis', () => ops.takeAlongAxis(a, [[2], [-3]], 1), 'float32', [[2], [3]]],
  [
    'takeAlongAxis that broadcasts',
    () => ops.takeAlongAxis(a, [[1, 0]], 1),
    'float32',
    [
      [-1.25, 0.5],
      [-0.75, 3],
    ],
  ],
  [
    'gatherNd',
    () =>
      ops.gatherNd(a, [
        [0, 1],
        [-1, -1],
      ]),
    'float32',
    [-1.25, 0.25],
  ],
  ['gatherNd of rows', () => ops.gatherNd(a, [[1]]), 'float32', [[3, -0.75, 0.25]]],
  [
    'scatter',
    () =>
      ops.scatter(
        [
          [0, 1],
          [1, 2],
          [0, 1],
        ],
        [1, 2, 3],
        [2, 3],
      ),
    'float32',
    [
      [0, 4, 0],
      [0, 0, 2],
    ],
  ],
  [
    'scatterUpdate',
    () =>
      ops.scatterUpdate(
        a,
        [
          [0, 1],
          [1, 2],
        ],
        [10, 20],
      ),
    'float32',
    [
      [0.5, 10, 2],
      [3, -0.75, 20],
    ],
  ],
  [
    'scatterUpdate that adds',
    () =>
      ops.scatterUpdate(
        a,
        [[0], [0]],
        [
          [1, 1, 1],
          [2, 2, 2],
        ],
        { reduction: 'add' },
      ),
    'float32',
    [
      [3.5, 1.75, 5],
      [3, -0.75, 0.25],
    ],
  ],
  [
    'scatterUpdate by max',
    () =>
      ops.scatterUpdate(
        a,
        [
          [0, 1],
          [1, 0],
        ],
        [10, -20],
        { reduction: 'max' },
      ),
    'float32',
    [
      [0.5, 10, 2],
      [3, -0.75, 0.25],
    ],
  ],
  [
    'scatterUpdate by product',
    () =>
      ops.scatterUpdate(
        a,
        [
          [0, 1],
          [0, 1],
        ],
        [2, 3],
        { reduction: 'mul' },
      ),
    'float32',
    [
      [0.5, -7.5, 2],
      [3, -0.75, 0.25],
    ],
  ],
  [
    'slice',
    () => ops.slice(a, [0, 1], [2, 2]),
    'float32',
    [
      [-1.25, 2],
      [-0.75, 0.25],
    ],
  ],
  [
    'slice at run time',
    () => ops.slice(a, tensor([1, 0], { dtype: 'int32' }), [1, 2]),
    'float32',
    [[3, -0.75]],
  ],
  [
    'slice at run time, clamped',
    () => ops.slice(a, tensor([5, 5], { dtype: 'int32' }), [1, 2]),
    'float32',
    [[-0.75, 0.25]],
  ],
  [
    'sliceUpdate',
    () => ops.sliceUpdate(a, [1, 1], [[8, 9]]),
    'float32',
    [
      [0.5, -1.25, 2],
      [3, 8, 9],
    ],
  ],
  [
    'oneHot',
    () => ops.oneHot([2, 0, -1, 5], 3),
    'float32',
    [
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  ],
  [
    'oneHot along axis 0',
    () => ops.oneHot([[0, 1]], 2, { axis: 0, dtype: 'int32' }),
    'int32',
    [[[1, 0]], [[0, 1]]],
  ],
  [
    'multiHot',
    () =>
      ops.multiHot(
        [
          [0, 2],
          [1, 1],
        ],
        4,
      ),
    'float32',
    [
      [1, 0, 1, 0],
      [0, 1, 0, 0],
    ],
  ],
  ['multiHot of one', () => ops.multiHot([0, 2], 4), 'float32', [1, 0, 1, 0]],
  [
    'diag',
    () => ops.diag(row),
    'float32',
    [
      [1, 0, 0],
      [0, -2, 0],
      [0, 0, 0.5],
    ],
  ],
  [
    'diag above',
    () => ops.diag(row, 1),
    'float32',
    [
      [0, 1, 0, 0],
      [0, 0, -2, 0],
      [0, 0, 0, 0.5],
      [0, 0, 0, 0],
    ],
  ],
  [
    'diag below',
    () => ops.diag(row, -2),
    'float32',
    [
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0],
      [0, -2, 0, 0, 0],
      [0, 0, 0.5, 0, 0],
    ],
  ],
  ['diag of a matrix', () => ops.diag(a, 1), 'float32', [-1.25, 0.25]],
  [
    'diagonal',
    () => ops.diagonal(ops.reshape(ops.arange(12), [2, 2, 3]), { axis1: 1, axis2: 2, offset: -1 }),
    'int32',
    [[3], [9]],
  ],
  ['trace', () => ops.trace(a), 'float32', -0.25],
  [
    'diagflat',
    () => ops.diagflat([[1, 2]]),
    'float32',
    [
      [1, 0],
      [0, 2],
    ],
  ],
  ['unravelIndex [0]', () => ops.unravelIndex([0, 4, 5], [2, 3])[0]!, 'int32', [0, 1, 1]],
  ['unravelIndex [1]', () => ops.unravelIndex([0, 4, 5], [2, 3])[1]!, 'int32', [0, 1, 2]],
  ['index', () => ops.index(a, 0, [1, 3]), 'float32', [-1.25, 2]],
  [
    'index backwards',
    () => a.at([null, null, -1], [null, null, -2]),
    'float32',
    [
      [0.25, 3],
      [2, 0.5],
    ],
  ],
  ['index from the end', () => a.at('...', -1), 'float32', [2, 0.25]],
  [
    'index with new axes',
    () => a.at(null, '...', [-2, null], null),
    'float32',
    [
      [
        [[-1.25], [2]],
        [[-0.75], [0.25]],
      ],
    ],
  ],
  [
    'index by a tensor',
    () => a.at(':', tensor([0, 2, 2], { dtype: 'int32' })),
    'float32',
    [
      [0.5, 2, 2],
      [3, 0.25, 0.25],
    ],
  ],
  ['index of nothing', () => a.at([2, 1]).sum(0), 'float32', [0, 0, 0]],
  [
    'index by a part of a range',
    () => a.at([5, -5, -1], [null, null, 2]),
    'float32',
    [
      [3, 0.25],
      [0.5, 2],
    ],
  ],
  [
    'segmentSum',
    () => ops.segmentSum(m, [0, 2, 0], { numSegments: 4 }),
    'float32',
    [
      [4, 1],
      [0, 0],
      [-0.5, 0.25],
      [0, 0],
    ],
  ],
  [
    'segmentMax',
    () => ops.segmentMax(m, [1, 0, 1], { numSegments: 2 }),
    'float32',
    [
      [-0.5, 0.25],
      [3, 2],
    ],
  ],
  [
    'segmentMin',
    () => ops.segmentMin(m, [1, 0, 1], { numSegments: 2 }),
    'float32',
    [
      [-0.5, 0.25],
      [1, -1],
    ],
  ],
  [
    'segmentProd',
    () => ops.segmentProd(m, [1, 0, 1], { numSegments: 2 }),
    'float32',
    [
      [-0.5, 0.25],
      [3, -2],
    ],
  ],
];

describe.each(CASES)('%s', (_name, run, dtype, expected) => {
  it('gives the reference values', () => {
    const result = run();
    expect(result.dtype).toBe(dtype);
    expectClose(result, expected, { rtol: 2e-5, atol: 2e-6 });
  });
});
