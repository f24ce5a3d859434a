// Special functions composed from series, and functions of whole numbers.
import { toTensor, toTensors } from '../core/apply.js';
import { isFloat } from '../core/dtype.js';
import { DTypeError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat } from './base.js';
import { select } from './primitives.js';

const floating = (x: TensorLike): Tensor => asFloat(toTensor(x));
const pair = (a: TensorLike, b: TensorLike): [Tensor, Tensor] => toTensors([a, b]) as [Tensor, Tensor];

/** The modified Bessel function of the first kind, order 0: its series, and its asymptotic form beyond. */
export const i0 = publicOp('i0', (x: TensorLike): Tensor => {
  const t = floating(x).abs();
  const polynomial = (v: Tensor, coefficients: readonly number[]): Tensor =>
    coefficients.reduceRight<Tensor>((rest, c) => rest.mul(v).add(c), v.mul(0));
  const near = t.minimum(16);
  const quarter = near.square().mul(0.25);
  const series = Array.from({ length: 48 }, (_, k) => {
    let factorial = 1;
    for (let i = 2; i <= k; i++) factorial *= i;
    return 1 / factorial ** 2;
  });
  const inverse = t.maximum(16).reciprocal();
  // Products of odd squares over k!·8^k.
  const tail: number[] = [1];
  for (let k = 1; k < 20; k++) tail.push(((tail[k - 1] ?? 0) * (2 * k - 1) ** 2) / (8 * k));
  const far = polynomial(inverse, tail)
    .mul(inverse.mul(1 / (2 * Math.PI)).sqrt())
    .mul(t.maximum(16).exp());
  return select(t.lessEqual(16), polynomial(quarter, series), far);
});

// The longest run of Euclid's algorithm: consecutive Fibonacci numbers, of 32 and of 64 bits.
const EUCLID_STEPS = { int64: 92, other: 47 } as const;

/** The greatest common divisor, of integers. */
export const gcd = publicOp('gcd', (a: TensorLike, b: TensorLike): Tensor => {
  let [x, y] = pair(a, b);
  if (isFloat(x.dtype) || x.dtype === 'bool') throw new DTypeError(`gcd: expected integers, got ${x.dtype}`);
  [x, y] = [x.abs(), y.abs()];
  for (let i = 0; i < (x.dtype === 'int64' ? EUCLID_STEPS.int64 : EUCLID_STEPS.other); i++) {
    const done = y.equal(0);
    const rest = x.mod(y);
    x = select(done, x, y);
    y = rest;
  }
  return x;
});

/** The least common multiple, of integers. */
export const lcm = publicOp('lcm', (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = pair(a, b);
  return x.floorDivide(gcd(x, y)).mul(y).abs();
});

/** The derivative of `digamma`. */
export const trigamma = publicOp('trigamma', (x: TensorLike): Tensor => {
  const given = floating(x);
  const reflect = given.less(0.5);
  let t = select(reflect, given.neg().add(1), given);
  let sum = t.mul(0);
  // ψ'(t) = ψ'(t + 1) + 1/t², up to where the asymptotic series has all digits.
  for (let i = 0; i < 10; i++) {
    sum = sum.add(t.square().reciprocal());
    t = t.add(1);
  }
  const r = t.reciprocal();
  const r2 = r.square();
  const coefficients = [5 / 66, -1 / 30, 1 / 42, -1 / 30, 1 / 6];
  const series = coefficients.reduce<Tensor>((rest, c) => rest.mul(r2).add(c), r.mul(0));
  const value = sum.add(r).add(r2.mul(0.5)).add(series.mul(r2).mul(r));
  // ψ'(1 - x) + ψ'(x) = π² / sin²(πx)
  const inside = select(reflect, given, toTensor(0.25, given.dtype));
  const mirrored = inside
    .mul(Math.PI)
    .sin()
    .square()
    .reciprocal()
    .mul(Math.PI ** 2)
    .sub(value);
  return select(reflect, mirrored, value);
});
