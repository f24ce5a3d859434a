// Mistakes throw at the call, with the op's name and the shapes. Nothing is computed here.
import { describe, expect, it } from 'vitest';
import {
  DTypeError,
  IndexError,
  nameScope,
  ops,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
} from '../index.js';

const x = ops.zeros([2, 3]);
const ints = ops.zeros([2], { dtype: 'int32' });
type ErrorClass = typeof ShapeError | typeof DTypeError | typeof ValueError | typeof IndexError;

const MISTAKES: readonly (readonly [call: string, run: () => unknown, type: ErrorClass, message: RegExp])[] =
  [
    ['add', () => ops.add(x, ops.zeros([2])), ShapeError, /add: shapes \[2, 3\] and \[2\] do not broadcast/],
    [
      'bitwiseAnd',
      () => ops.bitwiseAnd(x, x),
      DTypeError,
      /bitwiseAnd: expected an integer dtype or bool, got float32/,
    ],
    ['gcd', () => ops.gcd(x, x), DTypeError, /gcd: expected integers, got float32/],
    ['clip', () => ops.clip(x, null, null), ValueError, /clip: at least one bound/],
    ['sum', () => ops.sum(x, 2), ShapeError, /sum: axis 2 is out of range for rank 2/],
    ['sum twice', () => ops.sum(x, [0, -2]), ValueError, /sum: an axis is given twice in \[0, -2\]/],
    [
      'max',
      () => ops.max(ops.zeros([0, 3]), 0),
      ValueError,
      /max: an empty axis has no result; x has shape \[0, 3\]/,
    ],
    [
      'max, axis by name',
      () => ops.max(x, 'rows' as never),
      ValueError,
      /max: axes must be an array, got string/,
    ],
    ['zeros', () => ops.zeros({} as never), ValueError, /shape must be an array, got object/],
    ['concatenate', () => ops.concatenate(x as never), ValueError, /tensors must be an array/],
    ['argmax', () => ops.argmax(ops.zeros([2, 0]), 1), ValueError, /argmax: axis 1 of \[2, 0\] is empty/],
    [
      'reshape',
      () => ops.reshape(x, [4, 2]),
      ShapeError,
      /cannot reshape \[2, 3\] \(6 elements\) into \[4, 2\]/,
    ],
    [
      'reshape, open',
      () => ops.reshape(x, [4, -1]),
      ShapeError,
      /cannot reshape \[2, 3\] \(6 elements\) into \[4, -1\]/,
    ],
    ['reshape, twice open', () => ops.reshape(x, [-1, -1]), ShapeError, /only one extent may be -1/],
    ['transpose', () => ops.transpose(x, [0, 0]), ValueError, /transpose: \[0, 0\] is not a permutation/],
    ['broadcastTo', () => ops.broadcastTo(x, [3, 3]), ShapeError, /\[2, 3\] and \[3, 3\] do not broadcast/],
    [
      'broadcastTo, narrower',
      () => ops.broadcastTo(x, [3]),
      ShapeError,
      /cannot broadcast \[2, 3\] to \[3\]/,
    ],
    ['squeeze', () => ops.squeeze(x, 0), ShapeError, /squeeze: axis 0 of \[2, 3\] is not 1/],
    [
      'concatenate',
      () => ops.concatenate([x, ops.zeros([3, 2])], 0),
      ShapeError,
      /shapes must agree but for axis 0, got \[2, 3\], \[3, 2\]/,
    ],
    [
      'stack',
      () => ops.stack([x, ops.zeros([3, 2])]),
      ShapeError,
      /stack: shapes must agree, got \[2, 3\] and \[3, 2\]/,
    ],
    ['split', () => ops.split(x, 2, 1), ShapeError, /axis 1 of \[2, 3\] does not divide into 2 equal parts/],
    ['pad', () => ops.pad(x, -1), ValueError, /pad: widths must be 0 or more/],
    [
      'pad pairs',
      () =>
        ops.pad(x, [
          [1, 1],
          [1, 1],
          [0, 0],
        ]),
      ShapeError,
      /3 pairs for rank 2/,
    ],
    ['index', () => x.at(2), IndexError, /index: index 2 is out of range for axis 0 of extent 2/],
    ['index of too many', () => x.at(0, 0, 0), ShapeError, /index: 3 indices for rank 2/],
    ['take', () => ops.take(x, -4, 1), IndexError, /take: index -4 is out of range for axis 1 of extent 3/],
    [
      'take by floats',
      () => ops.take(x, tensor([0.5])),
      DTypeError,
      /take: indices must be integers, got float32/,
    ],
    [
      'take by a fraction',
      () => ops.take(x, [0.5]),
      DTypeError,
      /take: indices must be whole numbers, got 0.5/,
    ],
    [
      'takeAlongAxis',
      () => ops.takeAlongAxis(x, ints, 1),
      ShapeError,
      /must have one rank, got \[2, 3\] and \[2\]/,
    ],
    [
      'slice',
      () => ops.slice(x, [0, 2], [2, 2]),
      ShapeError,
      /slice: 2:4:1 is not a range of axis 1 of \[2, 3\]/,
    ],
    [
      'slice at run time',
      () => ops.slice(x, ints, [3, 1]),
      ShapeError,
      /a window of \[3, 1\] does not fit in \[2, 3\]/,
    ],
    [
      'segmentSum',
      () => ops.segmentSum(x, [0, 1, 2], { numSegments: 3 }),
      ShapeError,
      /ids of shape \[3\] do not fit data of shape \[2, 3\]/,
    ],
    [
      'matmul',
      () => ops.matmul(x, x),
      ShapeError,
      /matmul: inner extents differ \(3 and 2\): \[2, 3\] · \[2, 3\]/,
    ],
    ['matmul of a scalar', () => ops.matmul(x, 2), ShapeError, /matmul: operands must not be scalars/],
    [
      'matmul of batches',
      () => ops.matmul(ops.zeros([2, 2, 3]), ops.zeros([3, 3, 2])),
      ShapeError,
      /matmul: shapes \[2\] and \[3\] do not broadcast/,
    ],
    [
      'tensordot',
      () => ops.tensordot(x, x, [[0], [1]]),
      ShapeError,
      /axes \[0\] of \[2, 3\] do not fit axes \[1\] of \[2, 3\]/,
    ],
    ['einsum', () => ops.einsum('ij,jk->ik', x, x), ShapeError, /einsum: axis 'j' has extents 3 and 2/],
    ['einsum rank', () => ops.einsum('ijk->i', x), ShapeError, /'ijk' does not fit an operand of rank 2/],
    ['einsum result', () => ops.einsum('ij->k', x), ValueError, /must name indices of the operands/],
    [
      'sparse labels',
      () => ops.sparseCategoricalCrossentropy(ops.zeros([3], { dtype: 'int32' }), x),
      ShapeError,
      /labels of shape \[3\] do not fit an output of shape \[2, 3\]: expected \[2\]/,
    ],
    [
      'binaryCrossentropy',
      () => ops.binaryCrossentropy(x, ops.zeros([2, 1])),
      ShapeError,
      /target and output must have one shape, got \[2, 3\] and \[2, 1\]/,
    ],
    [
      'conv channels',
      () => ops.conv(ops.zeros([1, 5, 5, 3]), ops.zeros([3, 3, 2, 4])),
      ShapeError,
      /3 input channels do not divide into groups of 2/,
    ],
    ['conv rank', () => ops.conv(x, x), ShapeError, /conv: expected a batch of 1 to 3 spatial axes/],
    [
      'conv size',
      () => ops.conv(ops.zeros([1, 2, 2, 1]), ops.zeros([3, 3, 1, 1])),
      ShapeError,
      /conv: a kernel of \[3, 3\] .* does not fit in spatial extents \[2, 2\]/,
    ],
    [
      'conv strides',
      () => ops.conv(ops.zeros([1, 5, 5, 1]), ops.zeros([3, 3, 1, 1]), { strides: [1, 1, 1] }),
      ValueError,
      /conv: strides needs 2 values, got \[1, 1, 1\]/,
    ],
    [
      'maxPool',
      () => ops.maxPool(ops.zeros([1, 2, 2, 1]), 3),
      ShapeError,
      /maxPool: a window of \[3, 3\] does not fit/,
    ],
    ['glu', () => ops.glu(x), ShapeError, /glu: axis 1 of \[2, 3\] must be even/],
    ['topK', () => ops.topK(x, 4), ShapeError, /topK: k = 4 does not fit the last axis of \[2, 3\]/],
    [
      'attention',
      () => ops.dotProductAttention(x, x, x),
      ShapeError,
      /dotProductAttention: query must have rank 4, got shape \[2, 3\]/,
    ],
    ['arange', () => ops.arange(0, 5, 0), ValueError, /arange: cannot count from 0 to 5 in steps of 0/],
    ['full', () => ops.full([2, -1], 0), ShapeError, /full: \[2, -1\] is not a shape/],
    [
      'batchNormalization',
      () => ops.batchNormalization(x, [0, 0], [1, 1, 1], -1),
      ShapeError,
      /the mean of shape \[2\] does not fit axis 1 of \[2, 3\]/,
    ],
    [
      'resize',
      () => ops.resize(ops.zeros([1, 2, 2, 1]), [0, 2]),
      ValueError,
      /resize: size must be two positive integers/,
    ],
  ];

describe('mistakes', () => {
  it.each(MISTAKES)('%s throws at the call', (_call, run, type, message) => {
    expect(run).toThrow(type);
    expect(run).toThrow(message);
  });

  it('names the layer in which it was made', () => {
    const call = (): Tensor => nameScope('model', () => nameScope('dense', () => ops.matmul(x, x)));
    expect(call).toThrow('in model/dense');
  });
});
