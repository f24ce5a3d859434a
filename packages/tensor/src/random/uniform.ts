import { toTensor } from '../core/apply.js';
import { floatx } from '../core/config.js';
import { type DType, isInteger, nextBelow, toDType } from '../core/dtype.js';
import { DTypeError, ValueError } from '../core/errors.js';
import type { Shape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { bitwiseLeftShift, bitwiseOr, less, mod } from '../ops/defs/binary.js';
import { castTo, randomBits } from '../ops/primitives.js';
import { checkFloat, checkShape, drawnAs, twoBits, unitUniform } from './bits.js';
import { drawKey, type Seed } from './seed-generator.js';

export interface RandomOptions {
  /** Default: `floatx()`. */
  readonly dtype?: DType | undefined;
  readonly seed?: Seed;
}

export interface UniformOptions extends RandomOptions {
  /** The lower bound, inclusive. Default 0. Arrays broadcast. */
  readonly minval?: TensorLike | undefined;
  /** The upper bound, exclusive. Default 1. */
  readonly maxval?: TensorLike | undefined;
}

/** Numbers of a uniform distribution over `[minval, maxval)`. */
export function uniform(shape: Shape, options: UniformOptions = {}): Tensor {
  const { minval = 0, maxval = 1, dtype = floatx(), seed } = options;
  checkFloat('random.uniform', dtype);
  const unit = unitUniform(drawKey(seed), checkShape('random.uniform', shape), drawnAs(dtype));
  const [low, high] = [toTensor(minval, unit.dtype), toTensor(maxval, unit.dtype)];
  const isUnit = minval === 0 && maxval === 1;
  const scaled = castTo(isUnit ? unit : unit.mul(high.sub(low)).add(low), dtype);
  // Rounding may reach the upper bound, which does not belong to the range.
  if (isUnit && dtype === unit.dtype) return scaled;
  return typeof maxval === 'number' ? scaled.minimum(toTensor(nextBelow(maxval, dtype), dtype)) : scaled;
}

export interface RandintOptions {
  /** An integer dtype. Default int32. */
  readonly dtype?: DType | 'int' | undefined;
  readonly seed?: Seed;
}

/** Beyond this range the remainder of 32 bits is no longer uniform to five digits, and 64 are taken. */
const NARROW = 2 ** 16;

/** Whole numbers of a uniform distribution over `minval … maxval - 1`. */
export function randint(shape: Shape, minval: number, maxval: number, options: RandintOptions = {}): Tensor {
  const dtype = toDType(options.dtype ?? 'int32');
  if (!isInteger(dtype)) throw new DTypeError(`random.randint: expected an integer dtype, got ${dtype}`);
  if (!Number.isSafeInteger(minval) || !Number.isSafeInteger(maxval) || maxval <= minval) {
    throw new ValueError(`random.randint: needs whole numbers minval < maxval, got ${minval} and ${maxval}`);
  }
  const key = drawKey(options.seed);
  const range = maxval - minval;
  checkShape('random.randint', shape);
  if (range <= NARROW) return castTo(mod(randomBits(key, shape), range), dtype).add(minval);
  const [high, low] = twoBits(key, shape);
  const bits = bitwiseOr(bitwiseLeftShift(castTo(high, 'int64'), 32), castTo(low, 'int64'));
  return castTo(mod(bits, range).add(minval), dtype);
}

export interface BernoulliOptions {
  /** The probability of 1 (true). Default 0.5. Arrays broadcast to the shape. */
  readonly p?: TensorLike | undefined;
  /** Default: `floatx()`. */
  readonly dtype?: DType | undefined;
  readonly seed?: Seed;
}

/** 1 with probability `p`, else 0; true and false for bool. */
export function bernoulli(shape: Shape, options: BernoulliOptions = {}): Tensor {
  const { p = 0.5, dtype = floatx(), seed } = options;
  return castTo(chance(drawKey(seed), checkShape('random.bernoulli', shape), p), dtype);
}

/** True with probability `p`; a number is compared with the bits themselves, which is exact to 2^-32 and cheap. */
export function chance(key: Tensor, shape: Shape, p: TensorLike): Tensor {
  if (typeof p !== 'number') return less(unitUniform(key, shape, 'float32'), toTensor(p, 'float32'));
  if (!(p >= 0 && p <= 1)) throw new ValueError(`random: a probability lies between 0 and 1, got ${p}`);
  const threshold = Math.round(p * 2 ** 32);
  const bits = randomBits(key, shape);
  // 2^32 itself is no uint32: certainty is a threshold that every number is at or below.
  if (threshold > 0xffffffff) return bits.lessEqual(toTensor(0xffffffff, 'uint32'));
  return less(bits, toTensor(threshold, 'uint32'));
}
