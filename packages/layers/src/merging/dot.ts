import {
  formatShape,
  type KerasTensor,
  ops,
  ShapeError,
  type SymbolicShape,
  type Tensor,
  type TensorLike,
  ValueError,
} from '@ibex/tensor';
import type { LayerOptions } from '../core/layer-options.js';
import { Merge } from './merge.js';

export interface DotOptions extends LayerOptions {
  /** Whether the tensors are brought to norm 1 along their axes first, which gives cosines. Default false. */
  readonly normalize?: boolean | undefined;
}

/** The products of two tensors' vectors along an axis of each, for each sample. After `keras.layers.Dot`. */
export class Dot extends Merge {
  static override readonly configArguments = ['axes'];

  readonly axes: number | readonly number[];
  readonly normalize: boolean;

  /** @param axes - of both, or one of each */
  constructor(axes: number | readonly number[], options: DotOptions = {}) {
    super(options);
    if (typeof axes !== 'number' && axes.length !== 2) {
      throw new ValueError(
        `axes must be one number, or two, one for each tensor, got ${JSON.stringify(axes)}.`,
      );
    }
    this.axes = axes;
    this.normalize = options.normalize ?? false;
  }

  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes, 2);
    const [a, b] = inputShapes as [SymbolicShape, SymbolicShape];
    const [i, j] = this.#axesFor(a.length, b.length);
    const [n, m] = [a[i] ?? null, b[j] ?? null];
    if (i < 1 || j < 1 || i >= a.length || j >= b.length || (n !== null && m !== null && n !== m)) {
      throw new ShapeError(
        `Layer '${this.name}' multiplies along axis ${i} of the first and axis ${j} of the second tensor, which must be of the same extent (and not the batch's), got ${formatShape(a)} and ${formatShape(b)}.`,
      );
    }
  }

  protected override merge(inputs: readonly Tensor[]): Tensor {
    let [x, y] = inputs as [Tensor, Tensor];
    const [i, j] = this.#axesFor(x.rank, y.rank);
    if (this.normalize) {
      x = ops.normalize(x, i);
      y = ops.normalize(y, j);
    }
    const [batch] = x.shape as [number, ...number[]];
    const length = x.shape[i] ?? 1;
    const left = ops.moveaxis(x, i, -1);
    const right = ops.moveaxis(y, j, 1);
    const [rows, columns] = [left.shape.slice(1, -1), right.shape.slice(2)];
    const product = ops.matmul(
      ops.reshape(left, [batch, -1, length]),
      ops.reshape(right, [batch, length, -1]),
    );
    const shape = [batch, ...rows, ...columns];
    return ops.reshape(product, shape.length === 1 ? [batch, 1] : shape);
  }

  override computeMask(): null {
    return null;
  }

  #axesFor(a: number, b: number): [number, number] {
    const [i, j] = (typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes) as [number, number];
    return [i < 0 ? i + a : i, j < 0 ? j + b : j];
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize };
  }
}

export interface DotFunctionOptions extends DotOptions {
  /** Default -1. */
  readonly axes?: number | readonly number[];
}

export function dot(inputs: readonly KerasTensor[], options?: DotFunctionOptions): KerasTensor;
export function dot(inputs: readonly TensorLike[], options?: DotFunctionOptions): Tensor;
export function dot(inputs: readonly unknown[], { axes = -1, ...options }: DotFunctionOptions = {}): unknown {
  return new Dot(axes, options).invoke(inputs);
}
