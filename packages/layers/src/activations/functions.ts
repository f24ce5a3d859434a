import { ops, publicOp, type Tensor, type TensorLike, toTensor } from '@ibex/tensor';

// The activations whose form or defaults differ from those of the function in `ops`.

export interface ReluOptions {
  /** The slope below the threshold. Default 0. */
  readonly negativeSlope?: number;
  /** Where the output is cut off; `null`: nowhere. */
  readonly maxValue?: number | null;
  /** Below it values are damped. Default 0. */
  readonly threshold?: number;
}

/** `x` from the threshold on, up to `maxValue`; below it `negativeSlope · (x - threshold)`. After `keras.activations.relu`. */
export const relu = publicOp('relu', (x: TensorLike, options: ReluOptions = {}): Tensor => {
  const { negativeSlope = 0, maxValue = null, threshold = 0 } = options;
  if (threshold === 0 && maxValue === null) {
    return negativeSlope === 0 ? ops.relu(x) : ops.leakyRelu(x, { negativeSlope });
  }
  const input = toTensor(x);
  let y = threshold === 0 ? ops.relu(input) : ops.where(input.greater(threshold), input, 0);
  if (maxValue !== null) y = y.minimum(maxValue);
  if (negativeSlope === 0) return y;
  return y.sub(ops.relu(input.neg().add(threshold)).mul(negativeSlope));
});

/** `x` itself. After `keras.activations.linear`. */
export function linear<T>(x: T): T {
  return x;
}

/** `e^x`. After `keras.activations.exponential`. */
export const exponential = publicOp('exponential', (x: TensorLike): Tensor => ops.exp(x));

/** `x · Φ(x)`: exact unless `approximate`. After `keras.activations.gelu`. */
export const gelu = publicOp(
  'gelu',
  (x: TensorLike, { approximate = false }: { readonly approximate?: boolean } = {}): Tensor =>
    ops.gelu(x, { approximate }),
);
