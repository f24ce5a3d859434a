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
const j = tensor(
  [
    [2, 3, -3],
    [-5, 4, 2],
  ],
  { dtype: 'int32' },
);
const t = tensor([
  [true, false, true],
  [false, false, true],
]);
const s = tensor([NaN, Infinity, -Infinity, 0, -0, 1]);

const CASES: readonly (readonly [name: string, run: () => Tensor, dtype: string, expected: NestedArray])[] = [
  [
    'negative',
    () => ops.negative(a),
    'float32',
    [
      [-0.5, 1.25, -2],
      [-3, 0.75, -0.25],
    ],
  ],
  [
    'absolute',
    () => ops.absolute(a),
    'float32',
    [
      [0.5, 1.25, 2],
      [3, 0.75, 0.25],
    ],
  ],
  [
    'sign',
    () => ops.sign(a),
    'float32',
    [
      [1, -1, 1],
      [1, -1, 1],
    ],
  ],
  [
    'exp',
    () => ops.exp(a),
    'float32',
    [
      [1.648721, 0.2865048, 7.389056],
      [20.08554, 0.4723665, 1.284025],
    ],
  ],
  [
    'expm1',
    () => ops.expm1(a),
    'float32',
    [
      [0.6487213, -0.7134952, 6.389056],
      [19.08554, -0.5276334, 0.2840254],
    ],
  ],
  [
    'square',
    () => ops.square(a),
    'float32',
    [
      [0.25, 1.5625, 4],
      [9, 0.5625, 0.0625],
    ],
  ],
  [
    'sin',
    () => ops.sin(a),
    'float32',
    [
      [0.4794255, -0.9489846, 0.9092974],
      [0.14112, -0.6816388, 0.247404],
    ],
  ],
  [
    'cos',
    () => ops.cos(a),
    'float32',
    [
      [0.8775826, 0.3153224, -0.4161468],
      [-0.9899925, 0.7316889, 0.9689124],
    ],
  ],
  [
    'tan',
    () => ops.tan(a),
    'float32',
    [
      [0.5463025, -3.00957, -2.18504],
      [-0.1425465, -0.9315965, 0.2553419],
    ],
  ],
  [
    'arctan',
    () => ops.arctan(a),
    'float32',
    [
      [0.4636475, -0.8960554, 1.107149],
      [1.249046, -0.6435012, 0.2449787],
    ],
  ],
  [
    'sinh',
    () => ops.sinh(a),
    'float32',
    [
      [0.5210953, -1.601919, 3.62686],
      [10.01787, -0.8223167, 0.2526123],
    ],
  ],
  [
    'cosh',
    () => ops.cosh(a),
    'float32',
    [
      [1.127626, 1.888424, 3.762196],
      [10.06766, 1.294683, 1.031413],
    ],
  ],
  [
    'tanh',
    () => ops.tanh(a),
    'float32',
    [
      [0.4621172, -0.8482836, 0.9640276],
      [0.9950547, -0.635149, 0.2449187],
    ],
  ],
  [
    'arcsinh',
    () => ops.arcsinh(a),
    'float32',
    [
      [0.4812118, -1.047593, 1.443635],
      [1.818446, -0.6931472, 0.2474665],
    ],
  ],
  [
    'floor',
    () => ops.floor(a),
    'float32',
    [
      [0, -2, 2],
      [3, -1, 0],
    ],
  ],
  [
    'ceil',
    () => ops.ceil(a),
    'float32',
    [
      [1, -1, 2],
      [3, 0, 1],
    ],
  ],
  [
    'round',
    () => ops.round(a),
    'float32',
    [
      [0, -1, 2],
      [3, -1, 0],
    ],
  ],
  [
    'trunc',
    () => ops.trunc(a),
    'float32',
    [
      [0, -1, 2],
      [3, 0, 0],
    ],
  ],
  [
    'sigmoid',
    () => ops.sigmoid(a),
    'float32',
    [
      [0.6224594, 0.2227001, 0.880797],
      [0.9525741, 0.3208213, 0.5621765],
    ],
  ],
  [
    'softplus',
    () => ops.softplus(a),
    'float32',
    [
      [0.974077, 0.2519291, 2.126928],
      [3.048587, 0.386871, 0.8259394],
    ],
  ],
  [
    'isnan',
    () => ops.isnan(a),
    'bool',
    [
      [false, false, false],
      [false, false, false],
    ],
  ],
  [
    'isfinite',
    () => ops.isfinite(a),
    'bool',
    [
      [true, true, true],
      [true, true, true],
    ],
  ],
  [
    'isinf',
    () => ops.isinf(a),
    'bool',
    [
      [false, false, false],
      [false, false, false],
    ],
  ],
  [
    'logical_not',
    () => ops.logicalNot(a),
    'bool',
    [
      [false, false, false],
      [false, false, false],
    ],
  ],
  [
    'reciprocal',
    () => ops.reciprocal(a),
    'float32',
    [
      [2, -0.8, 0.5],
      [0.3333333, -1.333333, 4],
    ],
  ],
  [
    'erf',
    () => ops.erf(a),
    'float32',
    [
      [0.5204999, -0.9229001, 0.9953222],
      [0.9999779, -0.7111556, 0.2763264],
    ],
  ],
  [
    'exp2',
    () => ops.exp2(a),
    'float32',
    [
      [1.414214, 0.4204482, 4],
      [8, 0.5946035, 1.189207],
    ],
  ],
  [
    'cbrt',
    () => ops.cbrt(a),
    'float32',
    [
      [0.7937005, -1.077217, 1.259921],
      [1.44225, -0.9085603, 0.6299605],
    ],
  ],
  [
    'deg2rad',
    () => ops.deg2rad(a),
    'float32',
    [
      [0.008726646, -0.02181662, 0.03490658],
      [0.05235988, -0.01308997, 0.004363323],
    ],
  ],
  [
    'rad2deg',
    () => ops.rad2deg(a),
    'float32',
    [
      [28.64789, -71.61973, 114.5916],
      [171.8873, -42.97184, 14.32395],
    ],
  ],
  [
    'sinc',
    () => ops.sinc(a),
    'float32',
    [
      [0.6366197, -0.1800633, 2.782753e-8],
      [-2.530538e-9, 0.3001054, 0.9003163],
    ],
  ],
  [
    'signbit',
    () => ops.signbit(a),
    'bool',
    [
      [false, true, false],
      [false, true, false],
    ],
  ],
  [
    'log',
    () => ops.log(p),
    'float32',
    [
      [-2.302585, -0.9162907, -0.6931472],
      [-0.356675, -1.609438, -2.302585],
    ],
  ],
  [
    'log1p',
    () => ops.log1p(p),
    'float32',
    [
      [0.09531018, 0.3364722, 0.4054651],
      [0.5306283, 0.1823216, 0.09531018],
    ],
  ],
  [
    'log2',
    () => ops.log2(p),
    'float32',
    [
      [-3.321928, -1.321928, -1],
      [-0.5145732, -2.321928, -3.321928],
    ],
  ],
  [
    'log10',
    () => ops.log10(p),
    'float32',
    [
      [-1, -0.39794, -0.30103],
      [-0.154902, -0.69897, -1],
    ],
  ],
  [
    'sqrt',
    () => ops.sqrt(p),
    'float32',
    [
      [0.3162278, 0.6324555, 0.7071068],
      [0.83666, 0.4472136, 0.3162278],
    ],
  ],
  [
    'rsqrt',
    () => ops.rsqrt(p),
    'float32',
    [
      [3.162278, 1.581139, 1.414214],
      [1.195229, 2.236068, 3.162278],
    ],
  ],
  [
    'arcsin',
    () => ops.arcsin(p),
    'float32',
    [
      [0.1001674, 0.4115169, 0.5235988],
      [0.7753975, 0.2013579, 0.1001674],
    ],
  ],
  [
    'arccos',
    () => ops.arccos(p),
    'float32',
    [
      [1.470629, 1.159279, 1.047198],
      [0.7953988, 1.369438, 1.470629],
    ],
  ],
  [
    'arctanh',
    () => ops.arctanh(p),
    'float32',
    [
      [0.1003353, 0.423649, 0.5493062],
      [0.8673005, 0.2027326, 0.1003353],
    ],
  ],
  [
    'erfinv',
    () => ops.erfinv(p),
    'float32',
    [
      [0.08885599, 0.3708072, 0.4769363],
      [0.7328691, 0.1791435, 0.08885599],
    ],
  ],
  [
    'arccosh',
    () => ops.arccosh(ops.add(p, 1)),
    'float32',
    [
      [0.4435683, 0.8670148, 0.9624236],
      [1.123231, 0.6223626, 0.4435683],
    ],
  ],
  [
    'erfc',
    () => ops.erfc(a),
    'float32',
    [
      [0.4795002, 1.9229, 0.004677735],
      [2.20905e-5, 1.711156, 0.7236736],
    ],
  ],
  [
    'lgamma',
    () => ops.lgamma(p),
    'float32',
    [
      [2.252713, 0.7966777, 0.5723648],
      [0.2608676, 1.524064, 2.252713],
    ],
  ],
  [
    'digamma',
    () => ops.digamma(a),
    'float32',
    [
      [-1.96351, 3.71414, 0.4227846],
      [0.9227843, -2.89412, -4.227454],
    ],
  ],
  [
    'trigamma',
    () => ops.trigamma(a),
    'float32',
    [
      [4.934802, 19.18188, 0.6449341],
      [0.394934, 18.97511, 17.19733],
    ],
  ],
  [
    'add',
    () => ops.add(a, b),
    'float32',
    [
      [2, 0.75, 1.5],
      [3.25, -3.75, 1.25],
    ],
  ],
  [
    'subtract',
    () => ops.subtract(a, b),
    'float32',
    [
      [-1, -3.25, 2.5],
      [2.75, 2.25, -0.75],
    ],
  ],
  [
    'multiply',
    () => ops.multiply(a, b),
    'float32',
    [
      [0.75, -2.5, -1],
      [0.75, 2.25, 0.25],
    ],
  ],
  [
    'divide',
    () => ops.divide(a, b),
    'float32',
    [
      [0.3333333, -0.625, -4],
      [12, 0.25, 0.25],
    ],
  ],
  [
    'floor_divide',
    () => ops.floorDivide(a, b),
    'float32',
    [
      [0, -1, -4],
      [12, 0, 0],
    ],
  ],
  [
    'mod',
    () => ops.mod(a, b),
    'float32',
    [
      [0.5, 0.75, 0],
      [0, -0.75, 0.25],
    ],
  ],
  [
    'maximum',
    () => ops.maximum(a, b),
    'float32',
    [
      [1.5, 2, 2],
      [3, -0.75, 1],
    ],
  ],
  [
    'minimum',
    () => ops.minimum(a, b),
    'float32',
    [
      [0.5, -1.25, -0.5],
      [0.25, -3, 0.25],
    ],
  ],
  [
    'arctan2',
    () => ops.arctan2(a, b),
    'float32',
    [
      [0.3217506, -0.5585993, 1.815775],
      [1.487655, -2.896614, 0.2449787],
    ],
  ],
  [
    'equal',
    () => ops.equal(a, b),
    'bool',
    [
      [false, false, false],
      [false, false, false],
    ],
  ],
  [
    'not_equal',
    () => ops.notEqual(a, b),
    'bool',
    [
      [true, true, true],
      [true, true, true],
    ],
  ],
  [
    'less',
    () => ops.less(a, b),
    'bool',
    [
      [true, true, false],
      [false, false, true],
    ],
  ],
  [
    'less_equal',
    () => ops.lessEqual(a, b),
    'bool',
    [
      [true, true, false],
      [false, false, true],
    ],
  ],
  [
    'greater',
    () => ops.greater(a, b),
    'bool',
    [
      [false, false, true],
      [true, true, false],
    ],
  ],
  [
    'greater_equal',
    () => ops.greaterEqual(a, b),
    'bool',
    [
      [false, false, true],
      [true, true, false],
    ],
  ],
  [
    'logical_and',
    () => ops.logicalAnd(a, b),
    'bool',
    [
      [true, true, true],
      [true, true, true],
    ],
  ],
  [
    'logical_or',
    () => ops.logicalOr(a, b),
    'bool',
    [
      [true, true, true],
      [true, true, true],
    ],
  ],
  [
    'logical_xor',
    () => ops.logicalXor(a, b),
    'bool',
    [
      [false, false, false],
      [false, false, false],
    ],
  ],
  [
    'hypot',
    () => ops.hypot(a, b),
    'float32',
    [
      [1.581139, 2.358495, 2.061553],
      [3.010399, 3.092329, 1.030776],
    ],
  ],
  [
    'logaddexp',
    () => ops.logaddexp(a, b),
    'float32',
    [
      [1.813262, 2.038041, 2.07889],
      [3.061968, -0.6497934, 1.386871],
    ],
  ],
  [
    'fmod',
    () => ops.fmod(a, b),
    'float32',
    [
      [0.5, -1.25, 0],
      [0, -0.75, 0.25],
    ],
  ],
  [
    'heaviside',
    () => ops.heaviside(a, b),
    'float32',
    [
      [1, 0, 1],
      [1, 0, 1],
    ],
  ],
  [
    'fmax',
    () => ops.fmax(a, b),
    'float32',
    [
      [1.5, 2, 2],
      [3, -0.75, 1],
    ],
  ],
  [
    'fmin',
    () => ops.fmin(a, b),
    'float32',
    [
      [0.5, -1.25, -0.5],
      [0.25, -3, 0.25],
    ],
  ],
  [
    'logaddexp2',
    () => ops.logaddexp2(a, b),
    'float32',
    [
      [2.084962, 2.144193, 2.234841],
      [3.19994, -0.4747258, 1.673198],
    ],
  ],
  [
    'broadcast add',
    () => ops.add(a, row),
    'float32',
    [
      [1.5, -3.25, 2.5],
      [4, -2.75, 0.75],
    ],
  ],
  [
    'power',
    () => ops.power(p, b),
    'float32',
    [
      [0.03162278, 0.16, 1.414214],
      [0.9146912, 125, 0.1],
    ],
  ],
  [
    'power by a number',
    () => ops.power(a, 2),
    'float32',
    [
      [0.25, 1.5625, 4],
      [9, 0.5625, 0.0625],
    ],
  ],
  [
    'power by 3',
    () => ops.power(a, 3),
    'float32',
    [
      [0.125, -1.953125, 8],
      [27, -0.421875, 0.015625],
    ],
  ],
  [
    'power by a fraction',
    () => ops.power(p, 0.5),
    'float32',
    [
      [0.3162278, 0.6324555, 0.7071068],
      [0.83666, 0.4472136, 0.3162278],
    ],
  ],
  [
    'power of ints',
    () => ops.power(i, 3),
    'int32',
    [
      [27, -343, 125],
      [8, 0, -64],
    ],
  ],
  [
    'int add',
    () => ops.add(i, j),
    'int32',
    [
      [5, -4, 2],
      [-3, 4, -2],
    ],
  ],
  [
    'int divide',
    () => ops.divide(i, j),
    'float32',
    [
      [1.5, -2.333333, -1.666667],
      [-0.4, 0, -2],
    ],
  ],
  [
    'int floor_divide',
    () => ops.floorDivide(i, j),
    'int32',
    [
      [1, -3, -2],
      [-1, 0, -2],
    ],
  ],
  [
    'int mod',
    () => ops.mod(i, j),
    'int32',
    [
      [1, 2, -1],
      [-3, 0, 0],
    ],
  ],
  [
    'int and float',
    () => ops.multiply(i, a),
    'float32',
    [
      [1.5, 8.75, 10],
      [6, 0, -1],
    ],
  ],
  [
    'int and fraction',
    () => ops.multiply(i, 0.5),
    'float32',
    [
      [1.5, -3.5, 2.5],
      [1, 0, -2],
    ],
  ],
  [
    'int and whole number',
    () => ops.multiply(i, 2),
    'int32',
    [
      [6, -14, 10],
      [4, 0, -8],
    ],
  ],
  [
    'bool and whole number',
    () => ops.add(t, 1),
    'int32',
    [
      [2, 1, 2],
      [1, 1, 2],
    ],
  ],
  [
    'bool and bool',
    () => ops.add(t, t),
    'bool',
    [
      [true, false, true],
      [false, false, true],
    ],
  ],
  [
    'bool times bool',
    () => ops.multiply(t, t),
    'bool',
    [
      [true, false, true],
      [false, false, true],
    ],
  ],
  [
    'exp of ints',
    () => ops.exp(i),
    'float32',
    [
      [20.08554, 0.000911882, 148.4132],
      [7.389056, 1, 0.01831564],
    ],
  ],
  [
    'sqrt of ints',
    () => ops.sqrt(ops.abs(i)),
    'float32',
    [
      [1.732051, 2.645751, 2.236068],
      [1.414214, 0, 2],
    ],
  ],
  [
    'floor of ints',
    () => ops.floor(i),
    'float32',
    [
      [3, -7, 5],
      [2, 0, -4],
    ],
  ],
  [
    'round to tenths',
    () => ops.round(ops.multiply(a, 1.17), 1),
    'float32',
    [
      [0.6, -1.5, 2.3],
      [3.5, -0.9, 0.3],
    ],
  ],
  [
    'abs of ints',
    () => ops.abs(i),
    'int32',
    [
      [3, 7, 5],
      [2, 0, 4],
    ],
  ],
  [
    'sign of ints',
    () => ops.sign(i),
    'int32',
    [
      [1, -1, 1],
      [1, 0, -1],
    ],
  ],
  [
    'bitwise and',
    () => ops.bitwiseAnd(i, j),
    'int32',
    [
      [2, 1, 5],
      [2, 0, 0],
    ],
  ],
  [
    'bitwise or',
    () => ops.bitwiseOr(i, j),
    'int32',
    [
      [3, -5, -3],
      [-5, 4, -2],
    ],
  ],
  [
    'bitwise xor',
    () => ops.bitwiseXor(i, j),
    'int32',
    [
      [1, -6, -8],
      [-7, 4, -2],
    ],
  ],
  [
    'bitwise not',
    () => ops.bitwiseNot(i),
    'int32',
    [
      [-4, 6, -6],
      [-3, -1, 3],
    ],
  ],
  [
    'left shift',
    () => ops.bitwiseLeftShift(i, 2),
    'int32',
    [
      [12, -28, 20],
      [8, 0, -16],
    ],
  ],
  [
    'right shift',
    () => ops.bitwiseRightShift(i, 1),
    'int32',
    [
      [1, -4, 2],
      [1, 0, -2],
    ],
  ],
  [
    'gcd',
    () => ops.gcd(i, j),
    'int32',
    [
      [1, 1, 1],
      [1, 4, 2],
    ],
  ],
  [
    'lcm',
    () => ops.lcm(i, j),
    'int32',
    [
      [6, 21, 15],
      [10, 0, 4],
    ],
  ],
  [
    'clip',
    () => ops.clip(a, -0.5, 1),
    'float32',
    [
      [0.5, -0.5, 1],
      [1, -0.5, 0.25],
    ],
  ],
  [
    'where',
    () => ops.where(t, a, b),
    'float32',
    [
      [0.5, 2, 2],
      [0.25, -3, 0.25],
    ],
  ],
  [
    'where with numbers',
    () => ops.where(t, 1.5, a),
    'float32',
    [
      [1.5, -1.25, 1.5],
      [3, -0.75, 1.5],
    ],
  ],
  [
    'isclose',
    () => ops.isclose(a, ops.add(a, 1e-6)),
    'bool',
    [
      [true, true, true],
      [true, true, true],
    ],
  ],
  ['allclose', () => ops.allclose(a, b), 'bool', false],
  [
    'cast to int',
    () => ops.cast(a, 'int32'),
    'int32',
    [
      [0, -1, 2],
      [3, 0, 0],
    ],
  ],
  [
    'cast to bool',
    () => ops.cast(i, 'bool'),
    'bool',
    [
      [true, true, true],
      [true, false, true],
    ],
  ],
  [
    'saturateCast',
    () => ops.saturateCast(ops.multiply(a, 100), 'uint8'),
    'uint8',
    [
      [50, 0, 200],
      [255, 0, 25],
    ],
  ],
  ['nanToNum', () => ops.nanToNum(s, { posinf: 9, neginf: -9 }), 'float32', [0, 9, -9, 0, 0, 1]],
  ['isnan of special values', () => ops.isnan(s), 'bool', [true, false, false, false, false, false]],
  ['isinf of special values', () => ops.isinf(s), 'bool', [false, true, true, false, false, false]],
  ['isfinite of special values', () => ops.isfinite(s), 'bool', [false, false, false, true, true, true]],
  ['relu of special values', () => ops.relu(s), 'float32', [NaN, Infinity, 0, 0, 0, 1]],
  ['maximum with NaN', () => ops.maximum(s, 0.5), 'float32', [NaN, Infinity, 0.5, 0.5, 0.5, 1]],
  ['minimum with NaN', () => ops.minimum(s, 0.5), 'float32', [NaN, 0.5, -Infinity, 0, 0, 0.5]],
  ['sign of special values', () => ops.sign(s), 'float32', [NaN, 1, -1, 0, 0, 1]],
  ['sigmoid of special values', () => ops.sigmoid(s), 'float32', [NaN, 1, 0, 0.5, 0.5, 0.7310586]],
  [
    'softplus of special values',
    () => ops.softplus(s),
    'float32',
    [NaN, Infinity, 0, 0.6931472, 0.6931472, 1.313262],
  ],
  [
    'logaddexp of special values',
    () => ops.logaddexp(s, s),
    'float32',
    [NaN, Infinity, -Infinity, 0.6931472, 0.6931472, 1.693147],
  ],
  ['isposinf', () => ops.isposinf(s), 'bool', [false, true, false, false, false, false]],
  ['isneginf', () => ops.isneginf(s), 'bool', [false, false, true, false, false, false]],
  [
    'divideNoNan',
    () => ops.divideNoNan(a, ops.relu(b)),
    'float32',
    [
      [0.3333333, -0.625, 0],
      [12, 0, 0.25],
    ],
  ],
  [
    'select',
    () => ops.select([t, ops.less(a, 0)], [a, b], 7),
    'float32',
    [
      [0.5, 2, 2],
      [7, -3, 0.25],
    ],
  ],
  [
    'isin',
    () => ops.isin(i, [2, 5]),
    'bool',
    [
      [false, false, true],
      [true, false, false],
    ],
  ],
  [
    'isin inverted',
    () => ops.isin(i, [2, 5], { invert: true }),
    'bool',
    [
      [true, true, false],
      [false, true, true],
    ],
  ],
  [
    'i0',
    () => ops.i0([0, 0.5, -3, 12, 20, 60]),
    'float32',
    [1, 1.063483, 4.880793, 18948.93, 4.355828e7, 5.894077e24],
  ],
  [
    'angle',
    () => ops.angle(a),
    'float32',
    [
      [0, 3.141593, 0],
      [0, 3.141593, 0],
    ],
  ],
  [
    'imag',
    () => ops.imag(a),
    'float32',
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  ],
  [
    'ldexp',
    () => ops.ldexp(a, j),
    'float32',
    [
      [2, -10, 0.25],
      [0.09375, -12, 1],
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
