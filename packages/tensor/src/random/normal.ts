import { toTensor } from '../core/apply.js';
import { floatx } from '../core/config.js';
import type { Shape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { erfinv } from '../ops/defs/unary.js';
import { castTo } from '../ops/primitives.js';
import { checkFloat, checkShape, drawnAs, symmetricUniform } from './bits.js';
import { drawKey } from './seed-generator.js';
import type { RandomOptions } from './uniform.js';

export interface NormalOptions extends RandomOptions {
  /** Default 0. Arrays broadcast. */
  readonly mean?: TensorLike | undefined;
  /** Default 1. */
  readonly stddev?: TensorLike | undefined;
}

/** Numbers of a normal distribution, by its inverse distribution function: 5.4 deviations far in float32. */
export function normal(shape: Shape, options: NormalOptions = {}): Tensor {
  const { dtype = floatx(), seed } = options;
  checkFloat('random.normal', dtype);
  return shifted(standardNormal(drawKey(seed), checkShape('random.normal', shape), drawnAs(dtype)), options);
}

/** Of mean 0 and deviation 1. */
export function standardNormal(key: Tensor, shape: Shape, dtype: 'float32' | 'float64'): Tensor {
  return erfinv(symmetricUniform(key, shape, dtype)).mul(Math.SQRT2);
}

/** `erf(2 / sqrt(2))`: how much of the distribution lies within two deviations. */
const WITHIN_TWO = 0.9544997361036416;

/** Numbers of a normal distribution of which those farther than two deviations from the mean are drawn anew. */
export function truncatedNormal(shape: Shape, options: NormalOptions = {}): Tensor {
  const { dtype = floatx(), seed } = options;
  checkFloat('random.truncatedNormal', dtype);
  const uniform = symmetricUniform(
    drawKey(seed),
    checkShape('random.truncatedNormal', shape),
    drawnAs(dtype),
  );
  const standard = erfinv(uniform.mul(WITHIN_TWO)).mul(Math.SQRT2);
  return shifted(standard.clip(-2, 2), options);
}

function shifted(standard: Tensor, { mean = 0, stddev = 1, dtype = floatx() }: NormalOptions): Tensor {
  const scaled = stddev === 1 ? standard : standard.mul(toTensor(stddev, standard.dtype));
  return castTo(mean === 0 ? scaled : scaled.add(toTensor(mean, standard.dtype)), dtype);
}
