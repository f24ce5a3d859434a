// Activation functions. Integers and bools are converted to floatx.
import { toTensor } from '../core/apply.js';
import { ShapeError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, resolveAxes, resolveAxis } from './base.js';
import { extent, product } from './defs/rules.js';
import { relu as reluPrimitive } from './defs/unary.js';
import { iota, logSoftmaxLast, permute, reshapeTo, select, softmaxLast } from './primitives.js';
import { split } from './shaping.js';

const floating = (x: TensorLike): Tensor => asFloat(toTensor(x));
const zero = (x: Tensor): Tensor => toTensor(0, x.dtype);

/** `max(x, 0)`. */
export const relu: typeof reluPrimitive = reluPrimitive;

/** `min(max(x, 0), 6)`. */
export const relu6 = publicOp('relu6', (x: TensorLike): Tensor => reluPrimitive(x).minimum(6));

/** `x` where positive, else `negativeSlope · x`. */
export const leakyRelu = publicOp(
  'leakyRelu',
  (x: TensorLike, { negativeSlope = 0.2 }: { readonly negativeSlope?: number } = {}): Tensor => {
    const t = floating(x);
    return select(t.less(0), t.mul(negativeSlope), t);
  },
);

/** `x` where positive, else `alpha · (e^x - 1)`. */
export const elu = publicOp(
  'elu',
  (x: TensorLike, { alpha = 1 }: { readonly alpha?: number } = {}): Tensor => {
    const t = floating(x);
    return select(t.greater(0), t, t.minimum(0).expm1().mul(alpha));
  },
);

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Scaled exponential linear unit, with the constants that keep mean 0 and variance 1. */
export const selu = publicOp(
  'selu',
  (x: TensorLike): Tensor => elu(x, { alpha: SELU_ALPHA }).mul(SELU_SCALE),
);

/** `max(x, 0) + min(alpha · (e^(x / alpha) - 1), 0)`. */
export const celu = publicOp(
  'celu',
  (x: TensorLike, { alpha = 1 }: { readonly alpha?: number } = {}): Tensor => {
    const t = floating(x);
    return select(t.greater(0), t, t.minimum(0).div(alpha).expm1().mul(alpha));
  },
);

const GELU_SCALE = 2 * Math.sqrt(2 / Math.PI);

/** `x · Φ(x)`, by the error function or (the default) the tanh approximation. */
export const gelu = publicOp(
  'gelu',
  (x: TensorLike, { approximate = true }: { readonly approximate?: boolean } = {}): Tensor => {
    const t = floating(x);
    if (!approximate) return t.mul(0.5).mul(t.mul(Math.SQRT1_2).erf().add(1));
    // (1 + tanh(z)) / 2 is sigmoid(2z): fewer operations, and exact where tanh(z) is nearly -1.
    const twice = t
      .square()
      .mul(0.044715 * GELU_SCALE)
      .add(GELU_SCALE)
      .mul(t);
    return t.mul(twice.sigmoid());
  },
);

/** `x · sigmoid(x)`. */
export const silu = publicOp('silu', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.mul(t.sigmoid());
});
export const swish: typeof silu = silu;

/** `x · tanh(softplus(x))`. */
export const mish = publicOp('mish', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.mul(t.softplus().tanh());
});

/** `x / (1 + |x|)`. */
export const softsign = publicOp('softsign', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.div(t.abs().add(1));
});

/** `log(sigmoid(x))`, stable for large `|x|`. */
export const logSigmoid = publicOp(
  'logSigmoid',
  (x: TensorLike): Tensor => floating(x).neg().softplus().neg(),
);

/** `min(max(x / 6 + 0.5, 0), 1)`. */
export const hardSigmoid = publicOp(
  'hardSigmoid',
  (x: TensorLike): Tensor => floating(x).add(3).maximum(0).minimum(6).div(6),
);

/** `x · hardSigmoid(x)`. */
export const hardSilu = publicOp('hardSilu', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.mul(hardSigmoid(t));
});
export const hardSwish: typeof hardSilu = hardSilu;

/** `x` held in -1 … 1. */
export const hardTanh = publicOp('hardTanh', (x: TensorLike): Tensor => floating(x).maximum(-1).minimum(1));

/** `x` where `|x|` exceeds the threshold, else 0. */
export const hardShrink = publicOp(
  'hardShrink',
  (x: TensorLike, { threshold = 0.5 }: { readonly threshold?: number } = {}): Tensor => {
    const t = floating(x);
    return select(t.abs().greater(threshold), t, zero(t));
  },
);

/** `x` moved towards 0 by the threshold, 0 within it. */
export const softShrink = publicOp(
  'softShrink',
  (x: TensorLike, { threshold = 0.5 }: { readonly threshold?: number } = {}): Tensor => {
    const t = floating(x);
    return select(
      t.greater(threshold),
      t.sub(threshold),
      select(t.less(-threshold), t.add(threshold), zero(t)),
    );
  },
);

/** `x - tanh(x)`. */
export const tanhShrink = publicOp('tanhShrink', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.sub(t.tanh());
});

/** `(x + sqrt(x² + b)) / 2`. */
export const squareplus = publicOp(
  'squareplus',
  (x: TensorLike, { b = 4 }: { readonly b?: number } = {}): Tensor => {
    const t = floating(x);
    return t.square().add(b).sqrt().add(t).mul(0.5);
  },
);

/** 0 below -1, `x` above 1, `(x + 1)² / 4` between. */
export const sparsePlus = publicOp('sparsePlus', (x: TensorLike): Tensor => {
  const t = floating(x);
  return select(t.lessEqual(-1), zero(t), select(t.less(1), t.add(1).square().mul(0.25), t));
});

/** 0 below -1, 1 above 1, `(x + 1) / 2` between. */
export const sparseSigmoid = publicOp(
  'sparseSigmoid',
  (x: TensorLike): Tensor => floating(x).add(1).mul(0.5).maximum(0).minimum(1),
);

/** `x` where it exceeds the threshold, else the default value. */
export const threshold = publicOp(
  'threshold',
  (x: TensorLike, limit: number, defaultValue: number): Tensor => {
    const t = floating(x);
    return select(t.greater(limit), t, toTensor(defaultValue, t.dtype));
  },
);

/**
 * The first half along an axis times the sigmoid of the second.
 * @throws ShapeError when the axis is odd.
 */
export const glu = publicOp('glu', (x: TensorLike, axis = -1): Tensor => {
  const t = floating(x);
  const at = resolveAxis('glu', axis, t.rank);
  if (extent(t.shape, at) % 2 !== 0) {
    throw new ShapeError(`glu: axis ${at} of ${formatShape(t.shape)} must be even`);
  }
  const [value, gate] = split(t, 2, at) as [Tensor, Tensor];
  return value.mul(gate.sigmoid());
});

/** `compute` over `axis` as the last one; several axes are taken as one. */
function alongLast(
  op: string,
  x: TensorLike,
  axis: number | readonly number[] | null,
  compute: (x: Tensor) => Tensor,
): Tensor {
  const t = floating(x);
  const axes = resolveAxes(op, axis, t.rank);
  const last = t.rank - 1;
  if (axes.length === 1 && axes[0] === last) return compute(t);
  const rest = t.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const perm = [...rest, ...axes];
  const moved = permute(t, perm);
  const flat = reshapeTo(moved, [
    ...rest.map((i) => extent(t.shape, i)),
    product(axes.map((i) => extent(t.shape, i))),
  ]);
  const inverse = new Array<number>(t.rank);
  perm.forEach((from, to) => {
    inverse[from] = to;
  });
  return permute(reshapeTo(compute(flat), moved.shape), inverse);
}

/** `e^x / sum(e^x)` over an axis, or several together, or (null) all. */
export const softmax = publicOp(
  'softmax',
  (x: TensorLike, axis: number | readonly number[] | null = -1): Tensor =>
    alongLast('softmax', x, axis, softmaxLast),
);

/** `log(softmax(x))`, stable. */
export const logSoftmax = publicOp(
  'logSoftmax',
  (x: TensorLike, axis: number | readonly number[] | null = -1): Tensor =>
    alongLast('logSoftmax', x, axis, logSoftmaxLast),
);

/** The projection of `x` onto the probability simplex: like softmax, but with exact zeros. */
export const sparsemax = publicOp(
  'sparsemax',
  (x: TensorLike, axis = -1): Tensor =>
    alongLast('sparsemax', x, axis, (t) => {
      const n = extent(t.shape, t.rank - 1);
      const sorted = t.sort(-1, { descending: true });
      const sums = sorted.cumsum(-1);
      const rank = iota([n], 0, t.dtype).add(1);
      // The support are the k largest, for the largest k with 1 + k·z_k > z_1 + … + z_k.
      const supported = rank.mul(sorted).add(1).greater(sums).cast(t.dtype);
      const size = supported.sum(-1, { keepdims: true });
      const excess = supported.mul(sorted).sum(-1, { keepdims: true }).sub(1).div(size);
      return t.sub(excess).maximum(0);
    }),
);
