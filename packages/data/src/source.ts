/** Where a data set's elements come from. Each `open()` starts a new pass over them. */
export interface Source<T> {
  /** How many elements a pass gives: `Infinity` when it never ends, `undefined` when that is not known beforehand. */
  readonly cardinality: number | undefined;
  open(): AsyncIterable<T>;
  /** Present when the elements are rows that can be picked by number, so that batches are gathered, not stacked. */
  readonly rows?: RowSource<T>;
}

/** Rows picked by number, in an order that may differ from pass to pass. */
export interface RowSource<T> {
  readonly length: number;
  /** The row numbers of the next pass. */
  order(): Int32Array;
  /** Makes the rows readable on the host; done once, at the first pass. */
  load(): Promise<Rows<T>>;
}

export interface Rows<T> {
  row(index: number): T;
  /** The rows `indices`, stacked along a new first axis, leaf by leaf. */
  gather(indices: Int32Array): T;
}

/** A source over picked rows; `rows.order()` is asked once a pass. */
export function fromRows<T>(rows: RowSource<T>): Source<T> {
  return {
    cardinality: rows.length,
    rows,
    async *open() {
      const loaded = await rows.load();
      for (const index of rows.order()) yield loaded.row(index);
    },
  };
}

/** A source whose passes come from an async generator function. */
export function fromPasses<T>(cardinality: number | undefined, open: () => AsyncIterable<T>): Source<T> {
  return { cardinality, open };
}

/** How many elements remain of `cardinality` after `transform`, when it is known. */
export function mapCardinality(
  cardinality: number | undefined,
  transform: (n: number) => number,
): number | undefined {
  return cardinality === undefined ? undefined : transform(cardinality);
}
