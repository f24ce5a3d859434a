import { toTensor } from '../core/apply.js';
import { vjp } from '../core/autodiff.js';
import { tensor } from '../core/create.js';
import { isFloat } from '../core/dtype.js';
import { Tensor, type TensorLike } from '../core/tensor.js';
import { flattenTree } from '../core/tree.js';
import { expectClose, type Tolerance } from './expect-close.js';

export interface CheckGradientOptions extends Tolerance {
  /** The step of the differences. Default 1e-5. */
  readonly step?: number;
  /** Check the gradient of the gradient too. Default false. */
  readonly secondOrder?: boolean;
}

/** Weights of the results' elements, all different, so that errors do not cancel in their sum. */
function weights(like: Tensor, salt: number): Tensor {
  const values = Float64Array.from({ length: like.size }, (_, i) => Math.sin(1.3 * i + 0.7 + salt) + 0.2);
  return tensor(values, { shape: like.shape });
}

/**
 * Compares the gradients of `fn` with central differences, in float64. Inputs of integers and bools are passed as they
 * are; results of those dtypes are left out. Throws where a gradient is wrong.
 */
export function checkGradient(
  fn: (...inputs: Tensor[]) => unknown,
  inputs: readonly TensorLike[],
  { step = 1e-5, rtol = 1e-5, atol = 1e-6, secondOrder = false }: CheckGradientOptions = {},
): void {
  const primals = inputs.map((input) => {
    const given = toTensor(input);
    return isFloat(given.dtype) ? given.cast('float64').realize() : given;
  });
  const wanted = primals.map((_, i) => i).filter((i) => isFloat(primals[i]!.dtype));
  const objective = (...args: Tensor[]): Tensor => {
    const results = flattenTree(fn(...args)).filter(
      (leaf): leaf is Tensor => leaf instanceof Tensor && isFloat(leaf.dtype),
    );
    const sums = results.map((result, i) => result.cast('float64').mul(weights(result, i)).sum());
    return sums.reduce((total, sum) => total.add(sum));
  };
  const gradients = gradientsOf(objective, primals, wanted);
  wanted.forEach((index, i) => {
    const expected = differences(objective, primals, index, step);
    expectClose(gradients[i]!, expected, { rtol, atol });
  });
  if (!secondOrder) return;
  const gradient = (...args: Tensor[]): Tensor[] => gradientsOf(objective, args, wanted);
  checkGradient(gradient, primals, { step, rtol: rtol * 10, atol: atol * 10 });
}

function gradientsOf(
  objective: (...args: Tensor[]) => Tensor,
  primals: readonly Tensor[],
  wanted: readonly number[],
): Tensor[] {
  const partial = (...floats: Tensor[]): Tensor => {
    const args = [...primals];
    wanted.forEach((index, i) => {
      args[index] = floats[i]!;
    });
    return objective(...args);
  };
  const [, pull] = vjp(partial, ...wanted.map((index) => primals[index]!));
  return [...pull(tensor(1, { dtype: 'float64' }))];
}

/** Central differences of the objective in every element of one input. */
function differences(
  objective: (...args: Tensor[]) => Tensor,
  primals: readonly Tensor[],
  index: number,
  step: number,
): Tensor {
  const input = primals[index]!;
  const values = input.dataSync() as Float64Array;
  const at = (position: number, shift: number): number => {
    const shifted = values.slice();
    shifted[position]! += shift;
    const args = [...primals];
    args[index] = tensor(shifted, { shape: input.shape });
    return objective(...args).item();
  };
  const slopes = Float64Array.from(values, (_, i) => (at(i, step) - at(i, -step)) / (2 * step));
  return tensor(slopes, { shape: input.shape });
}
