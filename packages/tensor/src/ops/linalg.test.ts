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
const m = tensor([
  [1.0, 2.0],
  [-0.5, 0.25],
  [3.0, -1.0],
]);
const i = tensor(
  [
    [3, -7, 5],
    [2, 0, -4],
  ],
  { dtype: 'int32' },
);
const j = tensor(
  [
    [2, 3, -3],
    [-5, 4, 2],
  ],
  { dtype: 'int32' },
);

const CASES: readonly (readonly [name: string, run: () => Tensor, dtype: string, expected: NestedArray])[] = [
  [
    'matmul',
    () => ops.matmul(a, m),
    'float32',
    [
      [7.125, -1.3125],
      [4.125, 5.5625],
    ],
  ],
  ['matmul of a vector', () => ops.matmul(a, row), 'float32', [4, 4.625]],
  ['vector matmul', () => ops.matmul(row, m), 'float32', [3.5, 1]],
  ['vector by vector', () => ops.matmul(row, row), 'float32', 5.25],
  [
    'batch matmul',
    () => ops.matmul(ops.reshape(a, [2, 1, 3]), ops.stack([m, m])),
    'float32',
    [[[7.125, -1.3125]], [[4.125, 5.5625]]],
  ],
  [
    'batch by a matrix',
    () => ops.matmul(ops.stack([a, b]), m),
    'float32',
    [
      [
        [7.125, -1.3125],
        [4.125, 5.5625],
      ],
      [
        [-1, 4],
        [4.75, -1.25],
      ],
    ],
  ],
  [
    'matrix by a batch',
    () => ops.matmul(a, ops.stack([m, m])),
    'float32',
    [
      [
        [7.125, -1.3125],
        [4.125, 5.5625],
      ],
      [
        [7.125, -1.3125],
        [4.125, 5.5625],
      ],
    ],
  ],
  [
    'matmul of ints',
    () => ops.matmul(i, ops.transpose(j)),
    'int32',
    [
      [-30, -33],
      [16, -18],
    ],
  ],
  [
    'dot',
    () => ops.dot(a, m),
    'float32',
    [
      [7.125, -1.3125],
      [4.125, 5.5625],
    ],
  ],
  [
    'dot of more axes',
    () => ops.dot(ops.stack([a, b]), m),
    'float32',
    [
      [
        [7.125, -1.3125],
        [4.125, 5.5625],
      ],
      [
        [-1, 4],
        [4.75, -1.25],
      ],
    ],
  ],
  ['vdot', () => ops.vdot(a, b), 'float32', 0.5],
  [
    'inner',
    () => ops.inner(a, b),
    'float32',
    [
      [-2.75, 5.875],
      [2.875, 3.25],
    ],
  ],
  [
    'outer',
    () => ops.outer(row, [1, 2]),
    'float32',
    [
      [1, 2],
      [-2, -4],
      [0.5, 1],
    ],
  ],
  [
    'tensordot',
    () => ops.tensordot(a, m, 1),
    'float32',
    [
      [7.125, -1.3125],
      [4.125, 5.5625],
    ],
  ],
  [
    'tensordot of axes',
    () =>
      ops.tensordot(a, b, [
        [0, 1],
        [0, 1],
      ]),
    'float32',
    0.5,
  ],
  [
    'kron',
    () => ops.kron(m, row),
    'float32',
    [
      [1, -2, 0.5, 2, -4, 1],
      [-0.5, 1, -0.25, 0.25, -0.5, 0.125],
      [3, -6, 1.5, -1, 2, -0.5],
    ],
  ],
  [
    'cross',
    () => ops.cross(a, b),
    'float32',
    [
      [-3.375, 3.25, 2.875],
      [0, -2.9375, -8.8125],
    ],
  ],
  ['cross of planes', () => ops.cross([1, 2], [3, 4]), 'float32', -2],
  [
    'einsum product',
    () => ops.einsum('ij,jk->ik', a, m),
    'float32',
    [
      [7.125, -1.3125],
      [4.125, 5.5625],
    ],
  ],
  [
    'einsum implicit',
    () => ops.einsum('ij,jk', a, m),
    'float32',
    [
      [7.125, -1.3125],
      [4.125, 5.5625],
    ],
  ],
  [
    'einsum transpose',
    () => ops.einsum('ij->ji', a),
    'float32',
    [
      [0.5, 3],
      [-1.25, -0.75],
      [2, 0.25],
    ],
  ],
  ['einsum sum', () => ops.einsum('ij->', a), 'float32', 3.75],
  [
    'einsum outer',
    () => ops.einsum('i,j->ij', row, row),
    'float32',
    [
      [1, -2, 0.5],
      [-2, 4, -1],
      [0.5, -1, 0.25],
    ],
  ],
  [
    'einsum element-wise',
    () => ops.einsum('ij,ij->ij', a, b),
    'float32',
    [
      [0.75, -2.5, -1],
      [0.75, 2.25, 0.25],
    ],
  ],
  [
    'einsum of three',
    () => ops.einsum('ij,kj,jl->ikl', a, b, m),
    'float32',
    [
      [
        [-1, 1.875],
        [4.25, -0.8125],
      ],
      [
        [4.875, 8.75],
        [0.375, 1.8125],
      ],
    ],
  ],
  ['einsum diagonal', () => ops.einsum('ii->i', ops.matmul(a, m)), 'float32', [7.125, 5.5625]],
  ['einsum trace', () => ops.einsum('ii', ops.matmul(a, m)), 'float32', 12.6875],
  [
    'einsum with an ellipsis',
    () => ops.einsum('...j,jk->...k', ops.stack([a, b]), m),
    'float32',
    [
      [
        [7.125, -1.3125],
        [4.125, 5.5625],
      ],
      [
        [-1, 4],
        [4.75, -1.25],
      ],
    ],
  ],
  [
    'einsum batch',
    () => ops.einsum('bij,bjk->bik', ops.stack([a, b]), ops.stack([m, m])),
    'float32',
    [
      [
        [7.125, -1.3125],
        [4.125, 5.5625],
      ],
      [
        [-1, 4],
        [4.75, -1.25],
      ],
    ],
  ],
  [
    'einsum of a broadcast axis',
    () => ops.einsum('...i,...i->...', ops.stack([a, b]), row),
    'float32',
    [
      [4, 4.625],
      [-2.75, 6.75],
    ],
  ],
  [
    'cholesky',
    () =>
      ops.cholesky([
        [4, 2],
        [2, 5],
      ]),
    'float32',
    [
      [2, 0],
      [1, 2],
    ],
  ],
  [
    'upper cholesky',
    () =>
      ops.cholesky(
        [
          [4, 2],
          [2, 5],
        ],
        { upper: true },
      ),
    'float32',
    [
      [2, 1],
      [0, 2],
    ],
  ],
  [
    'solve',
    () =>
      ops.solve(
        [
          [0, 2, 1],
          [1, 1, 0],
          [3, 0, 2],
        ],
        [1, 2, 3],
      ),
    'float32',
    [1.285714, 0.7142857, -0.4285714],
  ],
  [
    'inv',
    () =>
      ops.inv([
        [0, 2],
        [1, 3],
      ]),
    'float32',
    [
      [-1.5, 1],
      [0.5, 0],
    ],
  ],
  [
    'det',
    () =>
      ops.det([
        [0, 2, 1],
        [1, 1, 0],
        [3, 0, 2],
      ]),
    'float32',
    -7,
  ],
  [
    'det of a batch',
    () =>
      ops.det([
        [
          [0, 2],
          [1, 3],
        ],
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    'float32',
    [-2, -2],
  ],
  [
    'slogdet [0]',
    () =>
      ops.slogdet([
        [0, 2],
        [1, 3],
      ])[0]!,
    'float32',
    -1,
  ],
  [
    'slogdet [1]',
    () =>
      ops.slogdet([
        [0, 2],
        [1, 3],
      ])[1]!,
    'float32',
    0.6931472,
  ],
  [
    'corrcoef',
    () => ops.corrcoef(a),
    'float32',
    [
      [1, 0.300103],
      [0.300103, 0.9999999],
    ],
  ],
  ['correlate', () => ops.correlate([1, 2, 3, 4], [0.5, 1]), 'float32', [2.5, 4, 5.5]],
  [
    'correlate full',
    () => ops.correlate([1, 2, 3], [0, 1, 0.5], { mode: 'full' }),
    'float32',
    [0.5, 2, 3.5, 3, 0],
  ],
  [
    'correlate same',
    () => ops.correlate([1, 2, 3, 4], [0, 1, 0.5], { mode: 'same' }),
    'float32',
    [2, 3.5, 5, 4],
  ],
  [
    'correlate same, even',
    () => ops.correlate([1, 2, 3, 4], [1, 0.5], { mode: 'same' }),
    'float32',
    [0.5, 2, 3.5, 5],
  ],
  ['correlate of a shorter', () => ops.correlate([0.5, 1], [1, 2, 3, 4]), 'float32', [5.5, 4, 2.5]],
  [
    'cdist',
    () => ops.cdist(a, b),
    'float32',
    [
      [4.220486, 2.03101],
      [3.221025, 3.63146],
    ],
  ],
  ['psnr', () => ops.psnr(a, b, 2), 'float32', -1.111505],
  [
    'qr [0]',
    () => ops.qr(m)[0]!,
    'float32',
    [
      [-0.3123474, -0.9493179],
      [0.1561738, -0.08779812],
      [-0.9370425, 0.3018062],
    ],
  ],
  [
    'qr [1]',
    () => ops.qr(m)[1]!,
    'float32',
    [
      [-3.201562, 0.3513912],
      [0, -2.222392],
    ],
  ],
  [
    'qr of a square [0]',
    () =>
      ops.qr([
        [1, 2],
        [-3, 4],
      ])[0]!,
    'float32',
    [
      [-0.3162278, 0.9486833],
      [0.9486833, 0.3162277],
    ],
  ],
  [
    'qr of a square [1]',
    () =>
      ops.qr([
        [1, 2],
        [-3, 4],
      ])[1]!,
    'float32',
    [
      [-3.162278, 3.162278],
      [0, 3.162278],
    ],
  ],
  [
    'qr of a wide matrix [0]',
    () => ops.qr(a)[0]!,
    'float32',
    [
      [-0.164399, -0.9863939],
      [-0.9863939, 0.164399],
    ],
  ],
  [
    'qr of a wide matrix [1]',
    () => ops.qr(a)[1]!,
    'float32',
    [
      [-3.041381, 0.9452944, -0.5753965],
      [0, 1.109693, -1.931688],
    ],
  ],
  [
    'solveTriangular',
    () =>
      ops.solveTriangular(
        [
          [2, 0],
          [1, 4],
        ],
        [
          [2, 4],
          [9, 6],
        ],
        { lower: true },
      ),
    'float32',
    [
      [1, 2],
      [2, 1],
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
