// Tensors from other values, and what is known of them without computing.
import { toTensor } from '../core/apply.js';
import { customGradient, stopGradient } from '../core/autodiff.js';
import { toDType } from '../core/dtype.js';
import { publicOp } from '../core/public-op.js';
import { Tensor, type TensorLike } from '../core/tensor.js';

export { customGradient, stopGradient };

/** `x` as a tensor, in `dtype` if one is given. Tensors pass through. */
export const convertToTensor = publicOp(
  'convertToTensor',
  (x: TensorLike, options: { readonly dtype?: string | null | undefined } = {}): Tensor =>
    toTensor(x, options.dtype === undefined || options.dtype === null ? undefined : toDType(options.dtype)),
);

export const array: typeof convertToTensor = convertToTensor;

/** The same value as another tensor. Tensors do not change, so nothing is copied. */
export const copy = publicOp('copy', (x: TensorLike): Tensor => toTensor(x));

/** The extents of `x`: numbers; for a symbolic tensor null where unknown. */
export function shape(
  x: TensorLike | { readonly shape: readonly (number | null)[] },
): readonly (number | null)[] {
  return typeof x === 'object' && 'shape' in x ? x.shape : toTensor(x).shape;
}

/** How many axes `x` has. */
export function ndim(x: TensorLike): number {
  return toTensor(x).rank;
}

/** How many elements `x` has. */
export function size(x: TensorLike): number {
  return toTensor(x).size;
}

export function isTensor(x: unknown): x is Tensor {
  return x instanceof Tensor;
}
