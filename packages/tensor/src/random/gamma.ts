import { toTensor } from '../core/apply.js';
import { floatx } from '../core/config.js';
import { ValueError } from '../core/errors.js';
import type { Shape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { castTo, randomBits, select } from '../ops/primitives.js';
import { checkFloat, checkShape, drawnAs, openUniform, unitUniform } from './bits.js';
import { standardNormal } from './normal.js';
import { drawKey } from './seed-generator.js';
import type { RandomOptions } from './uniform.js';

/** Proposals made at once for each number. Each is accepted in at least 95 of 100 cases, so all fail once in 10^10. */
const PROPOSALS = 8;

/** Numbers of a gamma distribution of scale 1. `alpha > 0` broadcasts to the shape. */
export function gamma(shape: Shape, alpha: TensorLike, options: RandomOptions = {}): Tensor {
  const { dtype = floatx(), seed } = options;
  checkFloat('random.gamma', dtype);
  checkShape('random.gamma', shape);
  return castTo(drawGamma(drawKey(seed), shape, toTensor(alpha, drawnAs(dtype))), dtype);
}

/** Numbers of a beta distribution over (0, 1). `alpha` and `beta` broadcast to the shape. */
export function beta(
  shape: Shape,
  alpha: TensorLike,
  betaParameter: TensorLike,
  options: RandomOptions = {},
): Tensor {
  const { dtype = floatx(), seed } = options;
  checkFloat('random.beta', dtype);
  checkShape('random.beta', shape);
  const [first, second] = splitKey(drawKey(seed), 2) as [Tensor, Tensor];
  const x = drawGamma(first, shape, toTensor(alpha, drawnAs(dtype)));
  const y = drawGamma(second, shape, toTensor(betaParameter, drawnAs(dtype)));
  return castTo(x.div(x.add(y)), dtype);
}

/** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
function drawGamma(key: Tensor, shape: Shape, alpha: Tensor): Tensor {
  const dtype = alpha.dtype === 'float64' ? 'float64' : 'float32';
  const [normalKey, uniformKey, boostKey] = splitKey(key, 3) as [Tensor, Tensor, Tensor];
  const isSmall = alpha.less(1);
  // Below 1, a number for alpha + 1 is drawn and scaled by a power of a uniform one.
  const d = select(isSmall.broadcastTo(alpha.shape), alpha.add(1), alpha).sub(1 / 3);
  const c = d.mul(9).rsqrt();
  const x = standardNormal(normalKey, [PROPOSALS, ...shape], dtype);
  const v = c.mul(x).add(1).pow(3);
  const u = openUniform(uniformKey, [PROPOSALS, ...shape], dtype);
  const bound = x
    .square()
    .mul(0.5)
    .add(d)
    .sub(d.mul(v))
    .add(d.mul(v.maximum(Number.MIN_VALUE ** 0.1).log()));
  const accepted = v.greater(0).logicalAnd(u.log().less(bound));
  const index = accepted.cast('int32').argmax(0).expandDims(0);
  const drawn = d.mul(v.takeAlongAxis(index, 0).squeeze(0));
  const boost = openUniform(boostKey, shape, dtype).pow(alpha.reciprocal());
  return select(isSmall.broadcastTo(shape), drawn.mul(boost), drawn.broadcastTo(shape));
}

/** Keys for several draws that belong together. */
export function splitKey(key: Tensor, count: number): Tensor[] {
  const keys = randomBits(key, [count, 2]);
  return keys.split(count, 0).map((part) => part.reshape([2]));
}

/** The most trials that are drawn one by one. */
const TRIALS_LIMIT = 4096;

/**
 * How many of `counts` trials succeed, each with a probability of `probabilities`. The trials are drawn one by one, so it
 * is meant for small counts.
 * Throws `ValueError` for counts above 4096, and `TraceError` for a tensor of counts while a function is compiled.
 */
export function binomial(
  shape: Shape,
  counts: TensorLike,
  probabilities: TensorLike,
  options: RandomOptions = {},
): Tensor {
  const { dtype = floatx(), seed } = options;
  checkShape('random.binomial', shape);
  const trials = typeof counts === 'number' ? counts : toTensor(counts, 'float32').max().item();
  if (!(trials >= 0 && trials <= TRIALS_LIMIT)) {
    throw new ValueError(`random.binomial: counts lie between 0 and ${TRIALS_LIMIT}, got ${trials}`);
  }
  const total = Math.floor(trials);
  const successes = unitUniform(drawKey(seed), [total, ...shape], 'float32').less(
    toTensor(probabilities, 'float32'),
  );
  const trial = toTensor(Float32Array.from({ length: total }, (_, i) => i)).reshape([
    total,
    ...shape.map(() => 1),
  ]);
  return castTo(
    successes
      .logicalAnd(trial.less(toTensor(counts, 'float32')))
      .cast('float32')
      .sum(0),
    dtype,
  );
}
