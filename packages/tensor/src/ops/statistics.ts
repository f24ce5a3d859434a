// Statistics of pairs and distances.
import { toTensor, toTensors } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat } from './base.js';
import { conv } from './convolution.js';
import { extent } from './defs/rules.js';
import { diagonal } from './indexing.js';
import { matmulGeneral, padGeneral, reshapeTo } from './primitives.js';
import { flip } from './shaping.js';

/** The correlation coefficients of the rows of `x`, held in -1 … 1. */
export const corrcoef = publicOp('corrcoef', (x: TensorLike): Tensor => {
  const given = asFloat(toTensor(x));
  const t = given.rank === 1 ? reshapeTo(given, [1, given.size]) : given;
  if (t.rank !== 2)
    throw new ShapeError(`corrcoef: expected rank 1 or 2, got shape ${formatShape(given.shape)}`);
  const deviation = t.sub(t.mean(1, { keepdims: true }));
  const covariance = matmulGeneral(deviation, deviation, false, true);
  const scale = diagonal(covariance).rsqrt();
  const n = extent(t.shape, 0);
  const result = covariance
    .mul(reshapeTo(scale, [n, 1]))
    .mul(reshapeTo(scale, [1, n]))
    .clip(-1, 1);
  return given.rank === 1 ? reshapeTo(result, []) : result;
});

/** The cross-correlation of two vectors: where they overlap wholly ('valid'), as long as the longer, or anywhere. */
export const correlate = publicOp(
  'correlate',
  (x1: TensorLike, x2: TensorLike, options: { readonly mode?: 'valid' | 'same' | 'full' } = {}): Tensor => {
    const { mode = 'valid' } = options;
    let [a, b] = toTensors([asFloat(toTensor(x1)), asFloat(toTensor(x2))]) as [Tensor, Tensor];
    if (a.rank !== 1 || b.rank !== 1 || a.size === 0 || b.size === 0) {
      throw new ShapeError(
        `correlate: expected two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
      );
    }
    // Exchanging the two reverses the result.
    const swapped = a.size < b.size;
    if (swapped) [a, b] = [b, a];
    const [n, m] = [a.size, b.size];
    const both = m - 1;
    const before = mode === 'full' ? both : mode === 'same' ? Math.floor(m / 2) : 0;
    const after = mode === 'full' ? both : mode === 'same' ? both - before : 0;
    if (mode !== 'full' && mode !== 'same' && mode !== 'valid') {
      throw new ValueError(`correlate: mode must be 'valid', 'same' or 'full', got '${String(mode)}'`);
    }
    const padded = reshapeTo(a, [1, n, 1]);
    const wide = before + after > 0 ? padGeneral(padded, [0, before, 0], [0, after, 0]) : padded;
    const y = conv(wide, reshapeTo(b, [m, 1, 1]), { dataFormat: 'channels_last' });
    const flat = reshapeTo(y, [y.size]);
    return swapped ? flip(flat) : flat;
  },
);

/** The Euclidean distances between the rows of two matrices. */
export const cdist = publicOp('cdist', (x: TensorLike, y: TensorLike): Tensor => {
  const [a, b] = toTensors([asFloat(toTensor(x)), asFloat(toTensor(y))]) as [Tensor, Tensor];
  if (a.rank < 2 || b.rank < 2 || a.shape[a.rank - 1] !== b.shape[b.rank - 1]) {
    throw new ShapeError(
      `cdist: rows of ${formatShape(a.shape)} and ${formatShape(b.shape)} cannot be compared`,
    );
  }
  return a.expandDims(-2).sub(b.expandDims(-3)).square().sum(-1).sqrt();
});

/** The peak signal-to-noise ratio in decibels. */
export const psnr = publicOp('psnr', (x1: TensorLike, x2: TensorLike, maxVal: number): Tensor => {
  const [a, b] = toTensors([asFloat(toTensor(x1)), asFloat(toTensor(x2))]) as [Tensor, Tensor];
  const error = a.sub(b).square().mean();
  return error
    .log()
    .mul(-10 * Math.LOG10E)
    .add(20 * Math.log10(maxVal));
});
