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
const p = tensor([
  [0.1, 0.4, 0.5],
  [0.7, 0.2, 0.1],
]);
const m = tensor([
  [1.0, 2.0],
  [-0.5, 0.25],
  [3.0, -1.0],
]);
const pattern = (shape: number[], factor: number, modulus: number, scale: number): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  const values = Array.from(
    { length: size },
    (_, n) => (((n * factor) % modulus) - (modulus - 1) / 2) / scale,
  );
  return tensor(new Float32Array(values), { shape });
};
const q = pattern([2, 3, 2, 2], 7, 11, 4);
const kk = pattern([2, 4, 2, 2], 5, 13, 4);
const k1 = pattern([2, 4, 1, 2], 5, 13, 4);
const ramp = (...shape: number[]): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return ops.reshape(ops.cos(ops.arange(size, null, null, { dtype: 'float32' })), shape);
};

const CASES: readonly (readonly [name: string, run: () => Tensor, dtype: string, expected: NestedArray])[] = [
  [
    'relu',
    () => ops.relu(a),
    'float32',
    [
      [0.5, 0, 2],
      [3, 0, 0.25],
    ],
  ],
  [
    'relu6',
    () => ops.relu6(a),
    'float32',
    [
      [0.5, 0, 2],
      [3, 0, 0.25],
    ],
  ],
  [
    'selu',
    () => ops.selu(a),
    'float32',
    [
      [0.5253505, -1.254395, 2.101402],
      [3.152103, -0.927632, 0.2626753],
    ],
  ],
  [
    'silu',
    () => ops.silu(a),
    'float32',
    [
      [0.3112297, -0.2783752, 1.761594],
      [2.857722, -0.240616, 0.1405441],
    ],
  ],
  [
    'softsign',
    () => ops.softsign(a),
    'float32',
    [
      [0.3333333, -0.5555556, 0.6666667],
      [0.75, -0.4285714, 0.2],
    ],
  ],
  [
    'log_sigmoid',
    () => ops.logSigmoid(a),
    'float32',
    [
      [-0.474077, -1.501929, -0.126928],
      [-0.04858735, -1.136871, -0.5759394],
    ],
  ],
  [
    'hard_sigmoid',
    () => ops.hardSigmoid(a),
    'float32',
    [
      [0.5833334, 0.2916667, 0.8333334],
      [1, 0.375, 0.5416667],
    ],
  ],
  [
    'hard_silu',
    () => ops.hardSilu(a),
    'float32',
    [
      [0.2916667, -0.3645834, 1.666667],
      [3, -0.28125, 0.1354167],
    ],
  ],
  [
    'hard_tanh',
    () => ops.hardTanh(a),
    'float32',
    [
      [0.5, -1, 1],
      [1, -0.75, 0.25],
    ],
  ],
  [
    'hard_shrink',
    () => ops.hardShrink(a),
    'float32',
    [
      [0, -1.25, 2],
      [3, -0.75, 0],
    ],
  ],
  [
    'soft_shrink',
    () => ops.softShrink(a),
    'float32',
    [
      [0, -0.75, 1.5],
      [2.5, -0.25, 0],
    ],
  ],
  [
    'tanh_shrink',
    () => ops.tanhShrink(a),
    'float32',
    [
      [0.03788283, -0.4017164, 1.035972],
      [2.004945, -0.114851, 0.005081341],
    ],
  ],
  [
    'squareplus',
    () => ops.squareplus(a),
    'float32',
    [
      [1.280776, 0.5542476, 2.414214],
      [3.302776, 0.6930004, 1.132782],
    ],
  ],
  [
    'sparse_plus',
    () => ops.sparsePlus(a),
    'float32',
    [
      [0.5625, 0, 2],
      [3, 0.015625, 0.390625],
    ],
  ],
  [
    'sparse_sigmoid',
    () => ops.sparseSigmoid(a),
    'float32',
    [
      [0.75, 0, 1],
      [1, 0.125, 0.625],
    ],
  ],
  [
    'softmax',
    () => ops.softmax(a),
    'float32',
    [
      [0.1768202, 0.03072674, 0.7924531],
      [0.9195862, 0.0216266, 0.05878718],
    ],
  ],
  [
    'log_softmax',
    () => ops.logSoftmax(a),
    'float32',
    [
      [-1.732622, -3.482622, -0.232622],
      [-0.08383147, -3.833832, -2.833832],
    ],
  ],
  [
    'sparsemax',
    () => ops.sparsemax(a),
    'float32',
    [
      [0, 0, 1],
      [1, 0, 0],
    ],
  ],
  [
    'elu',
    () => ops.elu(a),
    'float32',
    [
      [0.5, -0.7134952, 2],
      [3, -0.5276334, 0.25],
    ],
  ],
  [
    'celu',
    () => ops.celu(a),
    'float32',
    [
      [0.5, -0.7134952, 2],
      [3, -0.5276334, 0.25],
    ],
  ],
  [
    'gelu',
    () => ops.gelu(a),
    'float32',
    [
      [0.345714, -0.1322858, 1.954598],
      [2.996363, -0.1700394, 0.1496754],
    ],
  ],
  [
    'leaky_relu',
    () => ops.leakyRelu(a),
    'float32',
    [
      [0.5, -0.25, 2],
      [3, -0.15, 0.25],
    ],
  ],
  [
    'mish',
    () => ops.mish(a),
    'float32',
    [
      [0.3752452, -0.3084139, 1.943959],
      [2.986536, -0.2764947, 0.1695724],
    ],
  ],
  [
    'exact gelu',
    () => ops.gelu(a, { approximate: false }),
    'float32',
    [
      [0.3457312, -0.1320623, 1.9545],
      [2.99595, -0.1699705, 0.1496766],
    ],
  ],
  [
    'elu with alpha',
    () => ops.elu(a, { alpha: 0.5 }),
    'float32',
    [
      [0.5, -0.3567476, 2],
      [3, -0.2638167, 0.25],
    ],
  ],
  [
    'leakyRelu with a slope',
    () => ops.leakyRelu(a, { negativeSlope: 0.01 }),
    'float32',
    [
      [0.5, -0.0125, 2],
      [3, -0.0075, 0.25],
    ],
  ],
  [
    'threshold',
    () => ops.threshold(a, 0.4, 20),
    'float32',
    [
      [0.5, 20, 2],
      [3, 20, 20],
    ],
  ],
  ['glu', () => ops.glu(m), 'float32', [[0.880797], [-0.2810883], [0.8068243]]],
  [
    'softmax along axis 0',
    () => ops.softmax(a, 0),
    'float32',
    [
      [0.07585818, 0.3775407, 0.8519527],
      [0.9241418, 0.6224594, 0.1480472],
    ],
  ],
  [
    'softmax over all',
    () => ops.softmax(a, null),
    'float32',
    [
      [0.05290091, 0.0091928, 0.2370855],
      [0.6444651, 0.01515637, 0.04119927],
    ],
  ],
  [
    'softmax over two axes',
    () => ops.softmax(ops.stack([a, b]), [0, 2]),
    'float32',
    [
      [
        [0.07562402, 0.01314148, 0.3389233],
        [0.7756823, 0.0182423, 0.04958771],
      ],
      [
        [0.2055674, 0.3389233, 0.02782052],
        [0.04958771, 0.001922724, 0.1049772],
      ],
    ],
  ],
  [
    'logSoftmax along axis 0',
    () => ops.logSoftmax(a, 0),
    'float32',
    [
      [-2.57889, -0.974077, -0.1602242],
      [-0.07888975, -0.474077, -1.910224],
    ],
  ],
  [
    'binaryCrossentropy',
    () =>
      ops.binaryCrossentropy(
        [
          [0, 1, 1],
          [1, 0, 0.5],
        ],
        p,
      ),
    'float32',
    [
      [0.1053605, 0.9162907, 0.6931472],
      [0.356675, 0.2231435, 1.203973],
    ],
  ],
  [
    'binaryCrossentropy from logits',
    () =>
      ops.binaryCrossentropy(
        [
          [0, 1, 1],
          [1, 0, 0.5],
        ],
        ops.multiply(a, 20),
        { fromLogits: true },
      ),
    'float32',
    [
      [10.00005, 25, 4.248354e-18],
      [8.756511e-27, 3.059023e-7, 2.506715],
    ],
  ],
  [
    'categoricalCrossentropy',
    () =>
      ops.categoricalCrossentropy(
        [
          [0, 1, 0],
          [0.5, 0, 0.5],
        ],
        p,
      ),
    'float32',
    [0.9162907, 1.32963],
  ],
  [
    'categoricalCrossentropy from logits',
    () =>
      ops.categoricalCrossentropy(
        [
          [0, 1, 0],
          [0.5, 0, 0.5],
        ],
        a,
        { fromLogits: true },
      ),
    'float32',
    [3.482622, 1.458832],
  ],
  [
    'categoricalCrossentropy along axis 0',
    () =>
      ops.categoricalCrossentropy(
        [
          [0, 1, 0],
          [1, 0, 1],
        ],
        a,
        { fromLogits: true, axis: 0 },
      ),
    'float32',
    [0.07888975, 0.974077, 1.910224],
  ],
  [
    'sparseCategoricalCrossentropy',
    () => ops.sparseCategoricalCrossentropy([2, 0], p),
    'float32',
    [0.6931472, 0.356675],
  ],
  [
    'sparseCategoricalCrossentropy from logits',
    () => ops.sparseCategoricalCrossentropy([[2], [0]], ops.multiply(a, 30), { fromLogits: true }),
    'float32',
    [0, 0],
  ],
  [
    'batchNormalization',
    () => ops.batchNormalization(a, [0.5, 0, -1], [1, 2, 0.5], -1, { scale: [1, 2, 3], offset: [0, 1, 2] }),
    'float32',
    [
      [0, -0.7673252, 14.71521],
      [2.498751, -0.060395, 7.298005],
    ],
  ],
  [
    'batchNormalization along axis 0',
    () => ops.batchNormalization(a, [0.5, 0], [1, 2], 0, { epsilon: 0.1 }),
    'float32',
    [
      [0, -1.668559, 1.430194],
      [2.070197, -0.5175492, 0.1725164],
    ],
  ],
  [
    'layerNormalization',
    () => ops.layerNormalization(a, { gamma: [1, 2, 3], beta: [0, 1, 2], epsilon: 1e-3 }),
    'float32',
    [
      [0.06272778, -1.509112, 5.575484],
      [1.366258, -0.9968388, 0.8964837],
    ],
  ],
  [
    'layerNormalization over two axes',
    () => ops.layerNormalization(ops.stack([a, b]), { axis: [1, 2], epsilon: 1e-3 }),
    'float32',
    [
      [
        [-0.08459684, -1.268953, 0.9305652],
        [1.60734, -0.9305652, -0.2537905],
      ],
      [
        [0.7834741, 1.086754, -0.4296471],
        [0.02527335, -1.946048, 0.4801938],
      ],
    ],
  ],
  [
    'rmsNormalization',
    () => ops.rmsNormalization(a, { scale: [1, 2, 3] }),
    'float32',
    [
      [0.3592106, -1.796053, 4.310527],
      [1.674871, -0.8374357, 0.4187179],
    ],
  ],
  [
    'normalize',
    () => ops.normalize(a),
    'float32',
    [
      [0.2073903, -0.5184758, 0.8295614],
      [0.9669876, -0.2417469, 0.0805823],
    ],
  ],
  [
    'normalize of order 1',
    () => ops.normalize(a, 0, { order: 1 }),
    'float32',
    [
      [0.1428571, -0.625, 0.8888889],
      [0.8571429, -0.375, 0.1111111],
    ],
  ],
  ['normalize of zeros', () => ops.normalize([[0, 0]]), 'float32', [[0, 0]]],
  [
    'dotProductAttention',
    () => ops.dotProductAttention(q, kk, kk),
    'float32',
    [
      [
        [
          [-1.025292, 0.07491799],
          [-0.1997157, 0.6884293],
        ],
        [
          [-0.2161769, -0.6875322],
          [0.7502449, -0.4139093],
        ],
        [
          [-0.8699778, 0.2354215],
          [0.7826146, -0.5112491],
        ],
      ],
      [
        [
          [0.4538399, -0.7640056],
          [0.7902895, 0.336351],
        ],
        [
          [-0.661555, 0.197176],
          [0.1281323, 0.007524423],
        ],
        [
          [0.4733316, -0.7704601],
          [-0.6824476, 0.4577569],
        ],
      ],
    ],
  ],
  [
    'causal attention',
    () => ops.dotProductAttention(q, kk, kk, { isCausal: true, scale: 0.5 }),
    'float32',
    [
      [
        [
          [-1.5, -0.25],
          [1, -1],
        ],
        [
          [-0.8134106, 0.4365895],
          [0.5187681, -0.4385627],
        ],
        [
          [-0.905475, 0.3445251],
          [0.8214125, -0.5905534],
        ],
      ],
      [
        [
          [-1, 0.25],
          [1.5, -0.5],
        ],
        [
          [-0.6555541, -0.04523929],
          [1.058678, 0.01487619],
        ],
        [
          [-0.01243145, -0.4838954],
          [-0.7491363, 0.2276731],
        ],
      ],
    ],
  ],
  [
    'attention of a row that sees no key: the mean of the values',
    () =>
      ops.dotProductAttention(ramp(1, 2, 2, 2), ramp(1, 3, 1, 2), ramp(1, 3, 1, 2).neg(), {
        mask: [
          [true, false, true],
          [false, false, false],
        ],
      }),
    'float32',
    [
      [
        [
          [-0.6366766, -0.4839157],
          [0.0925038, -0.3707493],
        ],
        [
          [0.0232635, 0.0553427],
          [0.0232635, 0.0553427],
        ],
      ],
    ],
  ],
  [
    'causal attention with a mask of keys',
    () =>
      ops.dotProductAttention(ramp(1, 2, 2, 2), ramp(1, 3, 1, 2), ramp(1, 3, 1, 2).neg(), {
        mask: [false, true, true],
        isCausal: true,
      }),
    'float32',
    [
      [
        [
          [0.0232635, 0.0553427],
          [0.0232635, 0.0553427],
        ],
        [
          [0.4161468, 0.9899925],
          [0.4161468, 0.9899925],
        ],
      ],
    ],
  ],
  [
    'masked attention',
    () =>
      ops.dotProductAttention(q, kk, kk, {
        mask: [[[[true, false, true, false]]]],
        bias: [[[[1, 0, 0, 2]]]],
      }),
    'float32',
    [
      [
        [
          [-1.439079, -0.1890788],
          [1.073948, -0.9260521],
        ],
        [
          [-1.43702, -0.1870195],
          [1.07627, -0.92373],
        ],
        [
          [-1.434915, -0.1849146],
          [1.055022, -0.9449785],
        ],
      ],
      [
        [
          [-0.9327646, 0.3172354],
          [1.420786, -0.4933988],
        ],
        [
          [-0.9305703, 0.3194297],
          [0.7931033, -0.441092],
        ],
        [
          [-0.9283324, 0.3216676],
          [-1.052076, -0.287327],
        ],
      ],
    ],
  ],
  [
    'attention with shared keys',
    () => ops.dotProductAttention(q, k1, k1),
    'float32',
    [
      [
        [
          [-0.7791507, 0.3385583],
          [-0.2764405, 0.8463983],
        ],
        [
          [0.1315078, -0.2701772],
          [0.3409969, 0.04731182],
        ],
        [
          [-0.6033009, 0.5079553],
          [-0.1406503, -0.3648313],
        ],
      ],
      [
        [
          [0.4839228, -0.7339228],
          [0.6337821, -0.5494736],
        ],
        [
          [-0.5166155, 0.3502339],
          [0.3610091, -0.8409969],
        ],
        [
          [0.5405391, -0.673272],
          [-0.683719, 0.1876359],
        ],
      ],
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
