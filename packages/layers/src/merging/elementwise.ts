import { type KerasTensor, ops, type SymbolicShape, type Tensor, type TensorLike } from '@ibex/tensor';
import type { LayerOptions } from '../core/layer-options.js';
import { ElementwiseMerge, type Merge, mergeMasked } from './merge.js';

/** The sum of tensors. After `keras.layers.Add`. */
export class Add extends ElementwiseMerge {
  protected override merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((sum, x) => sum.add(x));
  }
}

/** The first of two tensors less the second. After `keras.layers.Subtract`. */
export class Subtract extends ElementwiseMerge {
  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes, 2);
    super.build(inputShapes);
  }

  protected override merge(inputs: readonly Tensor[]): Tensor {
    const [a, b] = inputs as [Tensor, Tensor];
    return a.sub(b);
  }
}

/** The product of tensors, element by element. After `keras.layers.Multiply`. */
export class Multiply extends ElementwiseMerge {
  protected override merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((product, x) => product.mul(x));
  }
}

/** The mean of tensors. After `keras.layers.Average`. */
export class Average extends ElementwiseMerge {
  protected override merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((sum, x) => sum.add(x)).div(inputs.length);
  }
}

/** The largest of tensors, element by element. After `keras.layers.Maximum`. */
export class Maximum extends ElementwiseMerge {
  protected override merge(inputs: readonly Tensor[]): Tensor {
    return mergeMasked(inputs, (a, b) => a.maximum(b));
  }
}

/** The smallest of tensors, element by element. After `keras.layers.Minimum`. */
export class Minimum extends ElementwiseMerge {
  protected override merge(inputs: readonly Tensor[]): Tensor {
    return mergeMasked(inputs, (a, b) => ops.minimum(a, b));
  }
}

/** A layer class as a function of the tensors to merge. */
interface MergeFunction {
  (inputs: readonly KerasTensor[], options?: LayerOptions): KerasTensor;
  (inputs: readonly TensorLike[], options?: LayerOptions): Tensor;
}

function asFunction(type: new (options?: LayerOptions) => Merge): MergeFunction {
  const merge = (inputs: readonly KerasTensor[] | readonly TensorLike[], options?: LayerOptions): unknown =>
    new type(options).invoke(inputs);
  return merge as MergeFunction;
}

export const add: MergeFunction = asFunction(Add);
export const subtract: MergeFunction = asFunction(Subtract);
export const multiply: MergeFunction = asFunction(Multiply);
export const average: MergeFunction = asFunction(Average);
export const maximum: MergeFunction = asFunction(Maximum);
export const minimum: MergeFunction = asFunction(Minimum);
