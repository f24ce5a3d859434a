import { type DType, isFloat } from '../core/dtype.js';
import { DTypeError, ShapeError } from '../core/errors.js';
import { formatShape, type Shape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { bitwiseRightShift } from '../ops/defs/binary.js';
import { castTo, randomBits, reshapeTo, sliceGeneral } from '../ops/primitives.js';

/** Throws `ShapeError` unless all extents are whole numbers of at least 0. */
export function checkShape(op: string, shape: Shape): Shape {
  if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
    throw new ShapeError(`${op}: a shape has whole extents of at least 0, got ${formatShape(shape)}`);
  }
  return shape;
}

/** Throws `DTypeError` unless it is a float dtype. */
export function checkFloat(op: string, dtype: DType): DType {
  if (!isFloat(dtype)) throw new DTypeError(`${op}: expected a floating-point dtype, got ${dtype}`);
  return dtype;
}

/** In what numbers of `dtype` are drawn: the 16-bit floats in float32. */
export function drawnAs(dtype: DType): 'float32' | 'float64' {
  return dtype === 'float64' ? 'float64' : 'float32';
}

/** Two independent arrays of bits of the same key. */
export function twoBits(key: Tensor, shape: Shape): [Tensor, Tensor] {
  const both = randomBits(key, [2, ...shape]);
  const part = (i: number): Tensor =>
    reshapeTo(sliceGeneral(both, [i, ...shape.map(() => 0)], [i + 1, ...shape]), shape);
  return [part(0), part(1)];
}

/** Uniform in [0, 1): all multiples of 2^-24 (float32), or of 2^-53 (float64). */
export function unitUniform(key: Tensor, shape: Shape, dtype: 'float32' | 'float64'): Tensor {
  if (dtype === 'float64') return castTo(wideBits(key, shape), 'float64').mul(2 ** -53);
  return castTo(bitwiseRightShift(randomBits(key, shape), 8), 'float32').mul(2 ** -24);
}

/**
 * Uniform in (-1, 1), symmetric about 0, and never 0 or ±1: the odd multiples of 2^-23 (float32) or 2^-52 (float64),
 * which are exact.
 */
export function symmetricUniform(key: Tensor, shape: Shape, dtype: 'float32' | 'float64'): Tensor {
  if (dtype === 'float64') {
    const bits = bitwiseRightShift(wideBits(key, shape), 1);
    return castTo(bits, 'float64')
      .mul(2 ** -51)
      .add(2 ** -52 - 1);
  }
  const bits = castTo(bitwiseRightShift(randomBits(key, shape), 9), 'float32');
  return bits.mul(2 ** -22).add(2 ** -23 - 1);
}

/** Uniform in (0, 1): for logarithms. */
export function openUniform(key: Tensor, shape: Shape, dtype: 'float32' | 'float64'): Tensor {
  return symmetricUniform(key, shape, dtype).mul(0.5).add(0.5);
}

/** 53 random bits as int64. */
function wideBits(key: Tensor, shape: Shape): Tensor {
  const [high, low] = twoBits(key, shape);
  const upper = castTo(bitwiseRightShift(high, 5), 'int64');
  return upper.mul(2 ** 26).add(castTo(bitwiseRightShift(low, 6), 'int64'));
}
