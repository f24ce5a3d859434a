import type { DType } from '../dtype.js';
import { formatShape } from '../shape.js';
import type { Operation } from './operation.js';

/** Extents; `null` where they are not known, as of the batch. */
export type SymbolicShape = readonly (number | null)[];

/**
 * A tensor of a model that is being put together: a shape and a dtype, and where in the model's graph it comes from, but
 * no values. Calling layers and functions of `ops` on it extends the graph. After `keras.KerasTensor`.
 */
export class KerasTensor {
  readonly shape: SymbolicShape;
  readonly dtype: DType;
  readonly name: string;
  /** The operation that gives it, in which of its calls, and which of the call's outputs it is. */
  operation: Operation | null = null;
  nodeIndex = 0;
  tensorIndex = 0;

  constructor(shape: SymbolicShape, dtype: DType, name = 'keras_tensor') {
    this.shape = shape;
    this.dtype = dtype;
    this.name = name;
  }

  get rank(): number {
    return this.shape.length;
  }

  toString(): string {
    return `<KerasTensor shape=${formatShape(this.shape)}, dtype=${this.dtype}, name=${this.name}>`;
  }
}

export function isKerasTensor(value: unknown): value is KerasTensor {
  return value instanceof KerasTensor;
}
