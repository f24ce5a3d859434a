// Element-wise primitives of one operand. The order is that of the op table.
import { type UnaryOp, unary } from './elementwise.js';

const LN2 = Math.LN2;
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const HALF_SQRT_PI = Math.sqrt(Math.PI) / 2;

/** `-x`, element-wise. */
export const negative: UnaryOp = unary('neg', {
  publicName: 'negative',
  operand: 'number',
  expr: { float: '-x', int: 'wrapSub(T(0), x)' },
  grad: (g) => g.neg(),
});

/** `|x|`, element-wise. */
export const absolute: UnaryOp = unary('abs', {
  publicName: 'absolute',
  operand: 'any',
  expr: { float: 'fabs(x)', int: 'x < T(0) ? wrapSub(T(0), x) : x' },
  grad: (g, x, _y, ops) => g.mul(ops.sign(x)),
});

/** -1, 0 or 1 by the sign of `x`; NaN stays NaN. */
export const sign: UnaryOp = unary('sign', {
  operand: 'any',
  expr: 'x > T(0) ? T(1) : (x < T(0) ? T(-1) : x)',
});

/** `e^x`, element-wise. */
export const exp: UnaryOp = unary('exp', { operand: 'float', expr: 'exp(x)', grad: (g, _x, y) => g.mul(y) });

/** `e^x - 1`, exact near 0. */
export const expm1: UnaryOp = unary('expm1', {
  operand: 'float',
  expr: 'expm1(x)',
  grad: (g, _x, y) => g.mul(y.add(1)),
});

/** Natural logarithm. */
export const log: UnaryOp = unary('log', { operand: 'float', expr: 'log(x)', grad: (g, x) => g.div(x) });

/** `log(1 + x)`, exact near 0. */
export const log1p: UnaryOp = unary('log1p', {
  operand: 'float',
  expr: 'log1p(x)',
  grad: (g, x) => g.div(x.add(1)),
});

/** Logarithm to base 2. */
export const log2: UnaryOp = unary('log2', {
  operand: 'float',
  expr: 'log2(x)',
  grad: (g, x) => g.div(x.mul(LN2)),
});

/** Square root. */
export const sqrt: UnaryOp = unary('sqrt', {
  operand: 'float',
  expr: 'sqrt(x)',
  grad: (g, _x, y) => g.mul(0.5).div(y),
});

/** `1 / sqrt(x)`. */
export const rsqrt: UnaryOp = unary('rsqrt', {
  operand: 'float',
  expr: 'T(1) / sqrt(x)',
  grad: (g, x, y) => g.mul(-0.5).mul(y).div(x),
});

/** `1 / x`. */
export const reciprocal: UnaryOp = unary('reciprocal', {
  operand: 'float',
  expr: 'T(1) / x',
  grad: (g, _x, y, ops) => g.neg().mul(ops.square(y)),
});

/** `x * x`. */
export const square: UnaryOp = unary('square', {
  operand: 'number',
  expr: { float: 'x * x', int: 'wrapMul(x, x)' },
  grad: (g, x) => g.mul(2).mul(x),
});

/** Sine of `x` radians. */
export const sin: UnaryOp = unary('sin', {
  operand: 'float',
  expr: 'sin(x)',
  grad: (g, x, _y, ops) => g.mul(ops.cos(x)),
});

/** Cosine of `x` radians. */
export const cos: UnaryOp = unary('cos', {
  operand: 'float',
  expr: 'cos(x)',
  grad: (g, x, _y, ops) => g.neg().mul(ops.sin(x)),
});

/** Tangent of `x` radians. */
export const tan: UnaryOp = unary('tan', {
  operand: 'float',
  expr: 'tan(x)',
  grad: (g, _x, y, ops) => g.mul(ops.square(y).add(1)),
});

/** Inverse sine, in radians. */
export const arcsin: UnaryOp = unary('asin', {
  publicName: 'arcsin',
  operand: 'float',
  expr: 'asin(x)',
  grad: (g, x, _y, ops) => g.mul(ops.rsqrt(x.neg().add(1).mul(x.add(1)))),
});

/** Inverse cosine, in radians. */
export const arccos: UnaryOp = unary('acos', {
  publicName: 'arccos',
  operand: 'float',
  expr: 'acos(x)',
  grad: (g, x, _y, ops) => g.neg().mul(ops.rsqrt(x.neg().add(1).mul(x.add(1)))),
});

/** Inverse tangent, in radians. */
export const arctan: UnaryOp = unary('atan', {
  publicName: 'arctan',
  operand: 'float',
  expr: 'atan(x)',
  grad: (g, x, _y, ops) => g.div(ops.square(x).add(1)),
});

/** Hyperbolic sine. */
export const sinh: UnaryOp = unary('sinh', {
  operand: 'float',
  expr: 'sinh(x)',
  grad: (g, x, _y, ops) => g.mul(ops.cosh(x)),
});

/** Hyperbolic cosine. */
export const cosh: UnaryOp = unary('cosh', {
  operand: 'float',
  expr: 'cosh(x)',
  grad: (g, x, _y, ops) => g.mul(ops.sinh(x)),
});

/** Hyperbolic tangent. */
export const tanh: UnaryOp = unary('tanh', {
  operand: 'float',
  expr: 'tanh(x)',
  grad: (g, _x, y, ops) => g.mul(ops.square(y).neg().add(1)),
});

/** Inverse hyperbolic sine. */
export const arcsinh: UnaryOp = unary('asinh', {
  publicName: 'arcsinh',
  operand: 'float',
  expr: 'asinh(x)',
  grad: (g, x, _y, ops) => g.mul(ops.rsqrt(ops.square(x).add(1))),
});

/** Inverse hyperbolic cosine. */
export const arccosh: UnaryOp = unary('acosh', {
  publicName: 'arccosh',
  operand: 'float',
  expr: 'acosh(x)',
  grad: (g, x, _y, ops) => g.mul(ops.rsqrt(x.sub(1).mul(x.add(1)))),
});

/** Inverse hyperbolic tangent. */
export const arctanh: UnaryOp = unary('atanh', {
  publicName: 'arctanh',
  operand: 'float',
  expr: 'atanh(x)',
  grad: (g, x) => g.div(x.neg().add(1).mul(x.add(1))),
});

/** Error function. */
export const erf: UnaryOp = unary('erf', {
  operand: 'float',
  expr: 'erf(x)',
  grad: (g, x, _y, ops) => g.mul(ops.exp(ops.square(x).neg())).mul(TWO_OVER_SQRT_PI),
});

/** Inverse of the error function; ±infinity at ±1, NaN beyond. */
export const erfinv: UnaryOp = unary('erfinv', {
  operand: 'float',
  expr: 'erfinv(x)',
  grad: (g, _x, y, ops) => g.mul(ops.exp(ops.square(y))).mul(HALF_SQRT_PI),
});

/** `1 - erf(x)`, exact for large `x`. */
export const erfc: UnaryOp = unary('erfc', {
  operand: 'float',
  expr: 'erfc(x)',
  grad: (g, x, _y, ops) => g.mul(ops.exp(ops.square(x).neg())).mul(-TWO_OVER_SQRT_PI),
});

/** `log |Γ(x)|`. */
export const lgamma: UnaryOp = unary('lgamma', {
  operand: 'float',
  expr: 'lgamma(x)',
  grad: (g, x, _y, ops) => g.mul(ops.digamma(x)),
});

/** `d/dx log Γ(x)`. */
export const digamma: UnaryOp = unary('digamma', {
  operand: 'float',
  expr: 'digamma(x)',
  grad: (g, x, _y, ops) => g.mul(ops.trigamma(x)),
});

/** The largest integer that is not above `x`, as a float. */
export const floor: UnaryOp = unary('floor', { operand: 'float', expr: 'floor(x)' });

/** The smallest integer that is not below `x`, as a float. */
export const ceil: UnaryOp = unary('ceil', { operand: 'float', expr: 'ceil(x)' });

/** The nearest integer, halves to the even one; the public `round` takes decimals too. */
export const roundHalfEven: UnaryOp = unary('round', { operand: 'float', expr: 'rint(x)' });

/** `x` without its fraction. */
export const trunc: UnaryOp = unary('trunc', { operand: 'float', expr: 'trunc(x)' });

/** `1 / (1 + e^-x)`, stable for large `|x|`. */
export const sigmoid: UnaryOp = unary('sigmoid', {
  operand: 'float',
  expr: 'sigmoid(x)',
  grad: (g, _x, y) => g.mul(y).mul(y.neg().add(1)),
});

/** `log(1 + e^x)`, stable for large `|x|`. */
export const softplus: UnaryOp = unary('softplus', {
  operand: 'float',
  expr: 'softplus(x)',
  grad: (g, x, _y, ops) => g.mul(ops.sigmoid(x)),
});

/** `max(x, 0)`; NaN stays NaN. */
export const relu: UnaryOp = unary('relu', {
  operand: 'any',
  expr: 'x < T(0) ? T(0) : x',
  // Through the result, so that the operand need not be kept.
  grad: (g, _x, y, ops) => ops.where(y.greater(0), g, 0),
});

/** Whether `x` is NaN. Result: bool. */
export const isnan: UnaryOp = unary('is_nan', {
  publicName: 'isnan',
  operand: 'float',
  result: 'bool',
  expr: 'x != x',
});

/** Whether `x` is plus or minus infinity. Result: bool. */
export const isinf: UnaryOp = unary('is_inf', {
  publicName: 'isinf',
  operand: 'float',
  result: 'bool',
  expr: 'fabs(x) == infinity<T>()',
});

/** Whether `x` is neither NaN nor infinite. Result: bool. */
export const isfinite: UnaryOp = unary('is_finite', {
  publicName: 'isfinite',
  operand: 'float',
  result: 'bool',
  expr: 'fabs(x) < infinity<T>()',
});

/** `not x`; numbers count as true where they are not 0. Result: bool. */
export const logicalNot: UnaryOp = unary('logical_not', {
  publicName: 'logicalNot',
  operand: 'bool',
  result: 'bool',
  expr: '!x',
});

/** All bits flipped; of a bool: `not x`. */
export const bitwiseNot: UnaryOp = unary('bitwise_not', {
  publicName: 'bitwiseNot',
  operand: 'bits',
  expr: 'bitNot(x)',
});
