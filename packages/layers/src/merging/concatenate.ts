import {
  formatShape,
  type KerasTensor,
  ops,
  ShapeError,
  type SymbolicShape,
  type Tensor,
  type TensorLike,
} from '@ibex/tensor';
import type { LayerOptions } from '../core/layer-options.js';
import { Merge } from './merge.js';

export interface ConcatenateOptions extends LayerOptions {
  /** Along which axis. Default -1. */
  readonly axis?: number | undefined;
}

/** Tensors one after the other along an axis. After `keras.layers.Concatenate`. */
export class Concatenate extends Merge {
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
  }

  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes);
    const [first, ...rest] = inputShapes as [SymbolicShape, ...SymbolicShape[]];
    const axis = this.axis < 0 ? this.axis + first.length : this.axis;
    const fits = (shape: SymbolicShape): boolean =>
      shape.length === first.length &&
      shape.every(
        (extent, i) => i === axis || extent === null || (first[i] ?? null) === null || extent === first[i],
      );
    if (axis < 0 || axis >= first.length || !rest.every(fits)) {
      throw new ShapeError(
        `Layer '${this.name}' joins tensors along axis ${this.axis}: they must agree in all other axes, got ${inputShapes.map(formatShape).join(', ')}.`,
      );
    }
  }

  protected override merge(inputs: readonly Tensor[]): Tensor {
    return ops.concatenate(inputs, this.axis);
  }

  /** The masks joined likewise; inputs without one count in full. */
  override computeMask(inputs: readonly Tensor[], masks: unknown): Tensor | null {
    if (!Array.isArray(masks)) return null;
    const spread = inputs.map((x, i) => {
      const mask = masks[i] as Tensor | null;
      if (mask === null) return ops.onesLike(x, { dtype: 'bool' });
      return mask.rank < x.rank ? ops.broadcastTo(ops.expandDims(mask, -1), x.shape) : mask;
    });
    return ops.any(ops.concatenate(spread, this.axis), -1);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export function concatenate(inputs: readonly KerasTensor[], options?: ConcatenateOptions): KerasTensor;
export function concatenate(inputs: readonly TensorLike[], options?: ConcatenateOptions): Tensor;
export function concatenate(inputs: readonly unknown[], options?: ConcatenateOptions): unknown {
  return new Concatenate(options).invoke(inputs);
}
