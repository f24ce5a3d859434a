import { ops, type Tensor, ValueError, type Variable } from '@ibex/tensor';

/** At most one of them may be set. */
export interface ClippingOptions {
  /** Scales each gradient down to this L2 norm. */
  clipnorm?: number | null;
  /** Scales all gradients together down to this L2 norm. */
  globalClipnorm?: number | null;
  /** Clips each entry to `[−clipvalue, clipvalue]`. */
  clipvalue?: number | null;
}

export function checkClipping({ clipnorm, globalClipnorm, clipvalue }: ClippingOptions): void {
  const given = Object.entries({ clipnorm, globalClipnorm, clipvalue }).filter(([, value]) => value != null);
  if (given.length > 1) {
    throw new ValueError(
      `Only one of clipnorm, globalClipnorm and clipvalue can be set, got ${given.map(([name]) => name).join(' and ')}.`,
    );
  }
}

export function clipGradients(
  pairs: readonly (readonly [Tensor, Variable])[],
  { clipnorm, globalClipnorm, clipvalue }: ClippingOptions,
): readonly (readonly [Tensor, Variable])[] {
  const map = (clip: (gradient: Tensor) => Tensor): [Tensor, Variable][] =>
    pairs.map(([gradient, variable]) => [clip(gradient), variable]);
  if (clipnorm) return map((gradient) => clipByNorm(gradient, clipnorm));
  if (clipvalue) return map((gradient) => ops.clip(gradient, -clipvalue, clipvalue));
  if (globalClipnorm) {
    const squares = pairs.map(([gradient]) => ops.sum(ops.square(gradient)).cast('float32'));
    const norm = ops.sqrt(squares.reduce((total, square) => total.add(square)));
    // A norm that is not finite makes the scale NaN: the step shows that something went wrong.
    const scale = ops.divide(globalClipnorm, ops.maximum(norm, globalClipnorm)).add(norm.sub(norm));
    return map((gradient) => gradient.mul(scale.cast(gradient.dtype)));
  }
  return pairs;
}

function clipByNorm(gradient: Tensor, limit: number): Tensor {
  const norm = ops.sqrt(ops.sum(ops.square(gradient)));
  return gradient.mul(limit).div(ops.maximum(norm, limit));
}
