// Element-wise functions composed from the primitives, which are exported along with them.
import { toTensor, toTensors } from '../core/apply.js';
import { type DType, isFloat, toDType } from '../core/dtype.js';
import { ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asBool, asFloat } from './base.js';
import * as binary from './defs/binary.js';
import * as unary from './defs/unary.js';
import { castTo, reshapeTo, select } from './primitives.js';

export {
  add,
  arctan2,
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  divide,
  equal,
  floorDivide,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mod,
  multiply,
  notEqual,
  subtract,
} from './defs/binary.js';
export {
  absolute,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctanh,
  bitwiseNot,
  ceil,
  cos,
  cosh,
  digamma,
  erf,
  erfc,
  erfinv,
  exp,
  expm1,
  floor,
  isfinite,
  isinf,
  isnan,
  lgamma,
  log,
  log1p,
  log2,
  logicalNot,
  negative,
  reciprocal,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  tan,
  tanh,
} from './defs/unary.js';

const floating = (x: TensorLike): Tensor => asFloat(toTensor(x));
const pair = (a: TensorLike, b: TensorLike): [Tensor, Tensor] => toTensors([a, b]) as [Tensor, Tensor];
const floatPair = (a: TensorLike, b: TensorLike): [Tensor, Tensor] => {
  const [x, y] = pair(a, b);
  return [asFloat(x), asFloat(y)];
};

/** `x` in another element type. Floats are cut off on their way to integers; to bool everything but 0 is true. */
export const cast = publicOp(
  'cast',
  (x: TensorLike, dtype: string): Tensor => castTo(toTensor(x), toDType(dtype)),
);

const INTEGER_RANGES: Partial<Record<DType, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

/** `cast`, with values held within the range of the integer type that they are cast to. */
export const saturateCast = publicOp('saturateCast', (x: TensorLike, dtype: string): Tensor => {
  const t = toTensor(x);
  const to = toDType(dtype);
  const range = INTEGER_RANGES[to];
  if (!range || t.dtype === 'bool' || t.dtype === to) return castTo(t, to);
  const wide = isFloat(t.dtype) ? castTo(t, 'float64') : castTo(t, 'int64');
  return castTo(clip(wide, range[0], range[1]), to);
});

export const abs: typeof unary.absolute = unary.absolute;
export const fabs = publicOp('fabs', (x: TensorLike): Tensor => unary.absolute(floating(x)));

/** The nearest multiple of `10^-decimals`, halves to the even one. Integers stay as they are for decimals ≥ 0. */
export const round = publicOp('round', (x: TensorLike, decimals = 0): Tensor => {
  const t = toTensor(x);
  if (!isFloat(t.dtype)) {
    if (decimals >= 0) return t;
    const scale = 10 ** -decimals;
    return castTo(unary.roundHalfEven(castTo(t, 'float64').div(scale)).mul(scale), t.dtype);
  }
  if (decimals === 0) return unary.roundHalfEven(t);
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0
    ? unary.roundHalfEven(t.mul(scale)).div(scale)
    : unary.roundHalfEven(t.div(scale)).mul(scale);
});

/** `x` without its fraction; integers stay as they are. */
export const trunc = publicOp('trunc', (x: TensorLike): Tensor => {
  const t = toTensor(x);
  return isFloat(t.dtype) ? unary.trunc(t) : t;
});

/** `a` to the power `b`; an integer to a negative power is 0, but for ±1. */
export const power = publicOp('power', (a: TensorLike, b: TensorLike): Tensor => {
  if (typeof b === 'number' && typeof a !== 'number') {
    const base = toTensor(a);
    if (b === 1 && base.dtype !== 'bool') return base;
    if (b === 2) return unary.square(base);
    if (isFloat(base.dtype)) {
      if (b === 0.5) return unary.sqrt(base);
      if (b === -1) return unary.reciprocal(base);
      if (b === -0.5) return unary.rsqrt(base);
      if (b === 3) return unary.square(base).mul(base);
    }
  }
  return binary.generalPower(a, b);
});

export const trueDivide = publicOp('trueDivide', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPair(a, b);
  return x.div(y);
});

/** `a / b`, and 0 where `b` is 0. */
export const divideNoNan = publicOp('divideNoNan', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPair(a, b);
  const none = y.equal(0);
  // The divisor is replaced too, so that the gradient is 0 there and not NaN.
  return select(none, toTensor(0, x.dtype), x.div(select(none, toTensor(1, y.dtype), y)));
});

/** The remainder of `trunc(a / b)`, with the sign of `a`. */
export const fmod = publicOp('fmod', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pair(a, b);
  const size = unary.absolute(x).mod(unary.absolute(y));
  return select(x.less(0), size.neg(), size);
});

/**
 * `x` held between two bounds, either of which may be null. The bounds take x's dtype.
 * @throws ValueError when both are null.
 */
export const clip = publicOp(
  'clip',
  (x: TensorLike, min: TensorLike | null, max: TensorLike | null): Tensor => {
    if (min === null && max === null) throw new ValueError('clip: at least one bound must be given');
    let t = toTensor(x);
    if (t.dtype === 'bool') t = castTo(t, 'int32');
    if (min !== null) t = t.maximum(toTensor(min, t.dtype));
    if (max !== null) t = t.minimum(toTensor(max, t.dtype));
    return t;
  },
);

/** `a` where the condition is true (not 0), else `b`; all three broadcast. */
export const where = publicOp('where', (condition: TensorLike, a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pair(a, b);
  return select(asBool(toTensor(condition)), x, y);
});

/** Of each place the value of the first condition that is true there, else the default. */
const selectFrom = publicOp(
  'select',
  (conditions: readonly TensorLike[], choices: readonly TensorLike[], otherwise: TensorLike = 0): Tensor => {
    if (conditions.length !== choices.length || conditions.length === 0) {
      throw new ValueError(`select: ${conditions.length} conditions and ${choices.length} choices`);
    }
    const values = toTensors([...choices, otherwise]);
    const start = values.at(-1) as Tensor;
    return conditions.reduceRight<Tensor>(
      (rest, condition, i) => where(condition, values[i] as Tensor, rest),
      start,
    );
  },
);

export { selectFrom as select };

/** Whether `|a - b| <= atol + rtol · |b|`. Result: bool. */
export const isclose = publicOp(
  'isclose',
  (
    a: TensorLike,
    b: TensorLike,
    options: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean } = {},
  ): Tensor => {
    const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
    const [x, y] = floatPair(a, b);
    const near = x.sub(y).abs().lessEqual(y.abs().mul(rtol).add(atol)).logicalAnd(y.isfinite());
    const result = near.logicalOr(x.equal(y));
    return equalNan ? result.logicalOr(x.isnan().logicalAnd(y.isnan())) : result;
  },
);

/** Whether all elements are close; see `isclose`. Result: a scalar bool. */
export const allclose = publicOp(
  'allclose',
  (
    a: TensorLike,
    b: TensorLike,
    options: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean } = {},
  ): Tensor => isclose(a, b, options).all(),
);

/** `2^x`. */
export const exp2 = publicOp('exp2', (x: TensorLike): Tensor => floating(x).mul(Math.LN2).exp());

/** Logarithm to base 10. */
export const log10 = publicOp('log10', (x: TensorLike): Tensor => floating(x).log().mul(Math.LOG10E));

/** Cube root, with the sign of `x`. */
export const cbrt = publicOp('cbrt', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.sign().mul(t.abs().pow(1 / 3));
});

/** `sqrt(a² + b²)`, without overflow on the way. */
export const hypot = publicOp('hypot', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPair(a, b);
  const [p, q] = [x.abs(), y.abs()];
  const large = p.maximum(q);
  const ratio = divideNoNan(p.minimum(q), large);
  return large.mul(ratio.square().add(1).sqrt());
});

/** `log(e^a + e^b)`, stable. */
export const logaddexp = publicOp('logaddexp', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPair(a, b);
  // Equal operands (both infinite too) have no difference to take.
  const difference = select(x.equal(y), toTensor(0, x.dtype), x.sub(y).abs().neg());
  return x.maximum(y).add(difference.exp().log1p());
});

/** `log2(2^a + 2^b)`, stable. */
export const logaddexp2 = publicOp('logaddexp2', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = floatPair(a, b);
  return logaddexp(x.mul(Math.LN2), y.mul(Math.LN2)).mul(Math.LOG2E);
});

/** `a · 2^b`, for integers `b`. */
export const ldexp = publicOp('ldexp', (a: TensorLike, b: TensorLike): Tensor => {
  const x = floating(a);
  return x.mul(toTensor(2, x.dtype).pow(castTo(toTensor(b), x.dtype)));
});

/** `sin(πx) / (πx)`, 1 at 0. */
export const sinc = publicOp('sinc', (x: TensorLike): Tensor => {
  const t = floating(x).mul(Math.PI);
  const origin = t.equal(0);
  const safe = select(origin, toTensor(1, t.dtype), t);
  return select(origin, toTensor(1, t.dtype), safe.sin().div(safe));
});

/** Degrees as radians. */
export const deg2rad = publicOp('deg2rad', (x: TensorLike): Tensor => floating(x).mul(Math.PI / 180));

/** Radians as degrees. */
export const rad2deg = publicOp('rad2deg', (x: TensorLike): Tensor => floating(x).mul(180 / Math.PI));

/** 0 below 0, 1 above, `atZero` at 0. */
export const heaviside = publicOp('heaviside', (x: TensorLike, atZero: TensorLike): Tensor => {
  const [t, value] = floatPair(x, atZero);
  return select(t.equal(0), value, select(t.isnan(), t, castTo(t.greater(0), t.dtype)));
});

/** Whether the sign bit is set: of -0 too. Result: bool. */
export const signbit = publicOp('signbit', (x: TensorLike): Tensor => {
  const t = toTensor(x);
  if (!isFloat(t.dtype)) return t.dtype === 'bool' ? castTo(t, 'int32').less(0) : t.less(0);
  return t.less(0).logicalOr(t.equal(0).logicalAnd(t.reciprocal().less(0)));
});

export const isposinf = publicOp('isposinf', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.equal(toTensor(Infinity, t.dtype));
});

export const isneginf = publicOp('isneginf', (x: TensorLike): Tensor => {
  const t = floating(x);
  return t.equal(toTensor(-Infinity, t.dtype));
});

/** All elements are real: there are no complex dtypes. Result: bool. */
export const isreal = publicOp('isreal', (x: TensorLike): Tensor => {
  const t = toTensor(x);
  return t.equal(t).logicalOr(t.notEqual(t));
});

const LARGEST: Partial<Record<DType, number>> = {
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

/** `x` with NaN and infinities replaced: by 0 and the largest finite numbers by default. */
export const nanToNum = publicOp(
  'nanToNum',
  (
    x: TensorLike,
    options: { readonly nan?: number; readonly posinf?: number | null; readonly neginf?: number | null } = {},
  ): Tensor => {
    const t = toTensor(x);
    const largest = LARGEST[t.dtype];
    if (largest === undefined) return t;
    const of = (value: number): Tensor => toTensor(value, t.dtype);
    const finite = select(
      t.equal(of(Infinity)),
      of(options.posinf ?? largest),
      select(t.equal(of(-Infinity)), of(options.neginf ?? -largest), t),
    );
    return select(t.isnan(), of(options.nan ?? 0), finite);
  },
);

/** The larger of `a` and `b`; the other where one is NaN. */
export const fmax = publicOp('fmax', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pair(a, b);
  if (!isFloat(x.dtype)) return x.maximum(y);
  return select(x.isnan(), y, select(y.isnan(), x, x.maximum(y)));
});

/** The smaller of `a` and `b`; the other where one is NaN. */
export const fmin = publicOp('fmin', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pair(a, b);
  if (!isFloat(x.dtype)) return x.minimum(y);
  return select(x.isnan(), y, select(y.isnan(), x, x.minimum(y)));
});

/** Whether each element of `a` is among those of `b`. Result: bool. */
export const isin = publicOp(
  'isin',
  (a: TensorLike, b: TensorLike, options: { readonly invert?: boolean } = {}): Tensor => {
    const [x, y] = pair(a, b);
    const found = reshapeTo(x, [...x.shape, 1])
      .equal(reshapeTo(y, [y.size]))
      .any(-1);
    return options.invert ? found.logicalNot() : found;
  },
);

/** `x` as it is: there are no complex dtypes. */
export const real = publicOp('real', (x: TensorLike): Tensor => toTensor(x));
export const conj: typeof real = real;
export const conjugate: typeof real = real;

/** Zeros: there are no complex dtypes. */
export const imag = publicOp('imag', (x: TensorLike): Tensor => toTensor(x).mul(0));

/** The angle of real numbers in the complex plane: π for those below 0, else 0. */
export const angle = publicOp('angle', (x: TensorLike): Tensor => {
  const t = floating(x);
  return select(t.isnan(), t, castTo(signbit(t), t.dtype).mul(Math.PI));
});

export const bitwiseInvert: typeof unary.bitwiseNot = unary.bitwiseNot;
export const leftShift: typeof binary.bitwiseLeftShift = binary.bitwiseLeftShift;
export const rightShift: typeof binary.bitwiseRightShift = binary.bitwiseRightShift;
