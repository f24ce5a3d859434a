import type { DType, TypedArray } from '@ibex/tensor';

/** One saved array: values in row-major order. Keras names arrays `"0"`, `"1"`, … below an object's path. */
export interface StoredArray {
  readonly values: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** The arrays of one object (a layer, an optimizer), in order. */
export interface StoredObject {
  /** The object's own name, kept for readers; the path is what identifies it. */
  readonly name: string;
  readonly arrays: readonly StoredArray[];
}

/** Saved arrays by the path of the object they belong to (`"layers/dense"`; `""` is the model itself). */
export type WeightStore = ReadonlyMap<string, StoredObject>;
