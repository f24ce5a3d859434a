import {
  isTensorLike,
  makeDefaultSeed,
  type Tensor,
  type TensorLike,
  tensor,
  toTensor,
  ValueError,
} from '@ibex/tensor';
import { type Column, gatherRows, rowOf, toColumn } from './columns.js';
import {
  batchSource,
  cacheSource,
  concatenateSources,
  filterSource,
  mapSource,
  prefetchSource,
  repeatSource,
  shuffleSource,
  skipSource,
  takeSource,
  zipSources,
} from './operators.js';
import { fromPasses, fromRows, type Rows, type Source } from './source.js';
import { isTuple } from './stack.js';

/** What a {@link Dataset.fromGenerator} function may return. */
export type ElementStream<T> = AsyncIterable<T> | Iterable<T>;

/** A nest of array-likes with the same first extent, and the nest of tensors that its rows have. */
export type Slices = TensorLike | readonly Slices[] | { readonly [key: string]: Slices };
export type RowsOf<S> = S extends TensorLike
  ? Tensor
  : S extends readonly unknown[]
    ? { [K in keyof S]: RowsOf<S[K]> }
    : S extends object
      ? { [K in keyof S]: RowsOf<S[K]> }
      : never;

export interface ShuffleOptions {
  /** Equal seeds give equal orders. By default a seed is drawn from the global one (`setRandomSeed`). */
  seed?: number;
  /** Whether each pass has another order. Default true. */
  reshuffleEachIteration?: boolean;
}

/**
 * A sequence of elements, read lazily and as often as wanted; each element is a nest of tensors (or whatever a
 * generator yields). Every method gives a new data set and leaves this one as it is. Iterate it with `for await`.
 * After TensorFlow's `tf.data.Dataset`.
 */
export class Dataset<T> implements AsyncIterable<T> {
  readonly #source: Source<T>;

  private constructor(source: Source<T>) {
    this.#source = source;
  }

  /**
   * The rows of one array, or of a nest of arrays (`[x, y]`, `{ image, label }`) with the same first extent.
   * Throws `ValueError` when the extents differ or an array is a scalar.
   */
  static fromTensorSlices<const S extends Slices>(slices: S): Dataset<RowsOf<S>> {
    const leaves: Tensor[] = [];
    const structure = replaceLeaves(slices, (leaf) => leaves.push(toTensor(leaf)) - 1);
    const lengths = leaves.map((leaf) => leaf.shape[0]);
    const length = lengths[0];
    if (leaves.length === 0) throw new ValueError('A data set needs at least one array; got an empty nest.');
    if (length === undefined || lengths.includes(undefined)) {
      throw new ValueError(
        'The entries of an array along its first axis are the rows of a data set; got a scalar, which has none.',
      );
    }
    const odd = lengths.findIndex((other) => other !== length);
    if (odd >= 0) {
      throw new ValueError(
        `All arrays of a data set must have the same number of rows: array 0 has ${length}, array ${odd} has ${lengths[odd]}.`,
      );
    }
    let loaded: Promise<Rows<RowsOf<S>>> | undefined;
    const load = async (): Promise<Rows<RowsOf<S>>> => {
      const columns = await Promise.all(leaves.map(toColumn));
      const build = (leaf: (column: Column) => Tensor): RowsOf<S> =>
        fillLeaves(structure, (index) => leaf(columns[index]!)) as RowsOf<S>;
      return {
        row: (index) => build((column) => rowOf(column, index)),
        gather: (indices) => build((column) => gatherRows(column, indices)),
      };
    };
    return new Dataset(
      fromRows({
        length,
        order: () => Int32Array.from({ length }, (_, i) => i),
        load: () => (loaded ??= load()),
      }),
    );
  }

  /** What `generate()` yields; it is called once a pass. `cardinality` may be given where it is known. */
  static fromGenerator<T>(generate: () => ElementStream<T>, cardinality?: number): Dataset<T> {
    return new Dataset(
      fromPasses(cardinality, async function* () {
        yield* generate();
      }),
    );
  }

  /** The int32 scalars from `start` (0 by default) up to, but not with, `stop`. */
  static range(stop: number): Dataset<Tensor>;
  static range(start: number, stop: number, step?: number): Dataset<Tensor>;
  static range(first: number, stop?: number, step = 1): Dataset<Tensor> {
    const [start, end] = stop === undefined ? [0, first] : [first, stop];
    if (step === 0) throw new ValueError('Dataset.range: step must not be 0.');
    const length = Math.max(0, Math.ceil((end - start) / step));
    return new Dataset(
      fromPasses(length, async function* () {
        for (let i = 0; i < length; i++) yield tensor(start + i * step, { dtype: 'int32' });
      }),
    );
  }

  /** Elements of several data sets side by side, as arrays; as long as the shortest. */
  static zip<T extends readonly unknown[]>(...datasets: { [K in keyof T]: Dataset<T[K]> }): Dataset<T> {
    if (datasets.length === 0) throw new ValueError('Dataset.zip needs at least one data set.');
    const sources = datasets.map((dataset) => dataset.#source) as unknown as { [K in keyof T]: Source<T[K]> };
    return new Dataset(zipSources<T>(sources));
  }

  /** How many elements a pass gives: `Infinity` when it never ends, `undefined` when it is not known beforehand. */
  get cardinality(): number | undefined {
    return this.#source.cardinality;
  }

  /** `fn` of each element; up to `parallelCalls` (1) asynchronous calls are under way at once, and order is kept. */
  map<U>(
    fn: (element: T) => U | Promise<U>,
    { parallelCalls = 1 }: { parallelCalls?: number } = {},
  ): Dataset<U> {
    return new Dataset(mapSource(this.#source, fn, checkCount('map', 'parallelCalls', parallelCalls, 1)));
  }

  /** The elements for which `predicate` holds. */
  filter(predicate: (element: T) => boolean | Promise<boolean>): Dataset<T> {
    return new Dataset(filterSource(this.#source, predicate));
  }

  /**
   * Groups of `size` elements, stacked leaf by leaf along a new first axis; the last may be smaller, unless
   * `dropRemainder`. Throws `ValueError` while iterating when the elements' shapes differ.
   */
  batch(size: number, { dropRemainder = false }: { dropRemainder?: boolean } = {}): Dataset<T> {
    return new Dataset(batchSource(this.#source, checkCount('batch', 'size', size, 1), dropRemainder));
  }

  /** Shuffles through a buffer of `bufferSize` elements; a buffer as large as the data set shuffles it uniformly. */
  shuffle(bufferSize: number, options: ShuffleOptions = {}): Dataset<T> {
    const { seed = makeDefaultSeed(), reshuffleEachIteration = true } = options;
    const size = checkCount('shuffle', 'bufferSize', bufferSize, 1);
    return new Dataset(shuffleSource(this.#source, size, seed, reshuffleEachIteration));
  }

  /** The elements `count` times over; without `count`, endlessly. */
  repeat(count = Infinity): Dataset<T> {
    return new Dataset(
      repeatSource(this.#source, count === Infinity ? count : checkCount('repeat', 'count', count, 0)),
    );
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    return new Dataset(takeSource(this.#source, checkCount('take', 'count', count, 0)));
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    return new Dataset(skipSource(this.#source, checkCount('skip', 'count', count, 0)));
  }

  /** Keeps the elements of the first whole pass in memory; what stands before is not run again. */
  cache(): Dataset<T> {
    return new Dataset(cacheSource(this.#source));
  }

  /** Produces up to `bufferSize` elements ahead of the consumer. */
  prefetch(bufferSize = 2): Dataset<T> {
    return new Dataset(prefetchSource(this.#source, checkCount('prefetch', 'bufferSize', bufferSize, 1)));
  }

  /** This data set's elements, then `other`'s. */
  concatenate(other: Dataset<T>): Dataset<T> {
    return new Dataset(concatenateSources(this.#source, other.#source));
  }

  /** Pairs of a running number and the element. */
  enumerate(start = 0): Dataset<[number, T]> {
    const source = this.#source;
    return new Dataset(
      fromPasses(source.cardinality, async function* () {
        let index = start;
        for await (const element of source.open()) yield [index++, element] as [number, T];
      }),
    );
  }

  /** All elements of one pass. Throws `ValueError` when the data set never ends. */
  async toArray(): Promise<T[]> {
    if (this.cardinality === Infinity)
      throw new ValueError('An endless data set has no array; use take(n) first.');
    const elements: T[] = [];
    for await (const element of this) elements.push(element);
    return elements;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.#source.open()[Symbol.asyncIterator]();
  }
}

function checkCount(method: string, name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new ValueError(`Dataset.${method}: ${name} must be an integer of at least ${least}, got ${value}.`);
  }
  return value;
}

type Structure = number | readonly Structure[] | { readonly [key: string]: Structure };

function replaceLeaves(nest: Slices, leaf: (value: TensorLike) => number): Structure {
  if (isTensorLike(nest) && !isTuple(nest)) return leaf(nest);
  if (Array.isArray(nest)) return nest.map((child) => replaceLeaves(child as Slices, leaf));
  const entries = Object.entries(nest as Record<string, Slices>);
  return Object.fromEntries(entries.map(([key, child]) => [key, replaceLeaves(child, leaf)]));
}

function fillLeaves(structure: Structure, leaf: (index: number) => Tensor): unknown {
  if (typeof structure === 'number') return leaf(structure);
  if (Array.isArray(structure)) return structure.map((child) => fillLeaves(child as Structure, leaf));
  return Object.fromEntries(
    Object.entries(structure).map(([key, child]) => [key, fillLeaves(child as Structure, leaf)]),
  );
}
