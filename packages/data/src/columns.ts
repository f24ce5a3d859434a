import { type DType, type Tensor, type TypedArray, tensor } from '@ibex/tensor';

/** A nest of values: a single leaf, an array of nests, or a record of nests. */
export type Nest<L> = L | readonly Nest<L>[] | { readonly [key: string]: Nest<L> };

/** One array of a data set, kept on the host: `length` rows of `rowShape`. */
export interface Column {
  readonly values: TypedArray;
  readonly dtype: DType;
  readonly rowShape: readonly number[];
  readonly rowSize: number;
  readonly length: number;
}

/** The host's copy of a tensor's rows; the tensor has at least one axis. */
export async function toColumn(whole: Tensor): Promise<Column> {
  const [length = 0, ...rowShape] = whole.shape;
  const rowSize = rowShape.reduce((size, extent) => size * extent, 1);
  return { values: await whole.data(), dtype: whole.dtype, rowShape, rowSize, length };
}

/** The tensor of the rows `indices` of a column, in that order: shape `[indices.length, ...rowShape]`. */
export function gatherRows(column: Column, indices: ArrayLike<number>): Tensor {
  const { values, rowSize, rowShape, dtype } = column;
  const Constructor = values.constructor as new (length: number) => TypedArray;
  const rows = new Constructor(indices.length * rowSize);
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * rowSize;
    if (rowSize === 1) rows[i] = values[start]!;
    else rows.set(values.subarray(start, start + rowSize) as never, i * rowSize);
  }
  return tensor(rows, { shape: [indices.length, ...rowShape], dtype });
}

/** The tensor of one row of a column: shape `rowShape`. */
export function rowOf(column: Column, index: number): Tensor {
  const start = index * column.rowSize;
  const row = column.values.slice(start, start + column.rowSize);
  return tensor(row, { shape: column.rowShape, dtype: column.dtype });
}
