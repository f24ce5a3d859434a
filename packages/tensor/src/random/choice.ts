import { toTensor } from '../core/apply.js';
import { type DType, isFloat, isInteger, toDType } from '../core/dtype.js';
import { DTypeError, ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { resolveAxis } from '../ops/base.js';
import { argMax, argsortAlong, castTo, gatherAlong, randomBits, select } from '../ops/primitives.js';
import { openUniform } from './bits.js';
import { drawKey, type Seed } from './seed-generator.js';
import { chance } from './uniform.js';

export interface CategoricalOptions {
  /** An integer dtype. Default int32. */
  readonly dtype?: DType | 'int' | undefined;
  readonly seed?: Seed;
}

/**
 * Classes drawn with the probabilities `softmax(logits)`.
 * @param logits - `[batch, classes]`, of a float dtype
 * @returns `[batch, numSamples]`
 */
export const categorical = publicOp(
  'categorical',
  (logits: TensorLike, numSamples: number, options: CategoricalOptions = {}): Tensor => {
    const dtype = toDType(options.dtype ?? 'int32');
    if (!isInteger(dtype))
      throw new DTypeError(`random.categorical: expected an integer dtype, got ${dtype}`);
    const x = toTensor(logits);
    if (!isFloat(x.dtype))
      throw new DTypeError(`random.categorical: logits must be floating-point, got ${x.dtype}`);
    if (x.rank !== 2) {
      throw new ShapeError(
        `random.categorical: logits must have shape [batch, classes], got ${formatShape(x.shape)}`,
      );
    }
    if (!Number.isInteger(numSamples) || numSamples < 0) {
      throw new ValueError(
        `random.categorical: numSamples must be a whole number of at least 0, got ${numSamples}`,
      );
    }
    const [batch, classes] = x.shape as [number, number];
    const drawn = openUniform(drawKey(options.seed), [batch, numSamples, classes], 'float32');
    // The largest of the logits with Gumbel noise is distributed as their softmax.
    const noise = drawn.log().neg().log().neg();
    const noisy = noise.add(castTo(x, 'float32').reshape([batch, 1, classes]));
    return castTo(argMax(noisy, 2, false), dtype);
  },
);

export interface ShuffleOptions {
  /** The axis along which entries change places. Default 0. */
  readonly axis?: number | undefined;
  readonly seed?: Seed;
}

/** `x` with its entries along an axis in random order. */
export const shuffle = publicOp('shuffle', (x: TensorLike, options: ShuffleOptions = {}): Tensor => {
  const values = toTensor(x);
  const axis = resolveAxis('random.shuffle', options.axis ?? 0, values.rank);
  return gatherAlong(values, permutation(values.shape[axis]!, { seed: options.seed }), axis);
});

/** The numbers `0 … count - 1` in random order: int32 `[count]`. */
export function permutation(count: number, options: { readonly seed?: Seed } = {}): Tensor {
  return argsortAlong(randomBits(drawKey(options.seed), [count]), 0, false);
}

export interface DropoutOptions {
  /** Where it is 1, all entries along the axis are dropped together. Default: the shape of the inputs. */
  readonly noiseShape?: readonly (number | null)[] | null | undefined;
  readonly seed?: Seed;
}

/** `x` with a share of its entries set to 0 and the rest scaled up, so that the sum is the same on average. */
export const dropout = publicOp(
  'dropout',
  (x: TensorLike, rate: number, options: DropoutOptions = {}): Tensor => {
    const values = toTensor(x);
    if (!isFloat(values.dtype))
      throw new DTypeError(`random.dropout: expected floating-point values, got ${values.dtype}`);
    if (!(rate >= 0 && rate < 1))
      throw new ValueError(`random.dropout: the rate lies in [0, 1), got ${rate}`);
    if (rate === 0) return values;
    const shape = (options.noiseShape ?? values.shape).map((extent, i) => extent ?? values.shape[i]!);
    const keep = chance(drawKey(options.seed), shape, 1 - rate);
    return select(keep, values.mul(1 / (1 - rate)), toTensor(0, values.dtype));
  },
);
