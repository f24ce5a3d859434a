import type { Dataset, HostRandom } from '@ibex/data';
import {
  flattenTree,
  isTensorLike,
  mapTree,
  ops,
  Tensor,
  toDevice,
  ValueError,
  Variable,
} from '@ibex/tensor';
import { type ArrayData, arrayData, isArrayData, tensorsIn, toTensorNest } from './array-data.js';
import { type Batch, type StagedBatch, unpackBatch } from './batch.js';
import type { StepRunner } from './runner.js';

/** Batches from a data set, a generator or anything else that can be iterated. */
export type BatchStream =
  | Dataset<unknown>
  | AsyncIterable<unknown>
  | Iterable<unknown>
  | AsyncIterator<unknown>
  | Iterator<unknown>;

export interface SourceOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** Steps of an epoch; `undefined`: until the data ends. */
  readonly steps: number | undefined;
  readonly random: HostRandom;
  /** Weights of samples by their class. */
  readonly classWeight?: Readonly<Record<number, number>> | undefined;
}

/** What an epoch's steps run on. */
export interface EpochSource {
  /** Steps of an epoch, where that is known. */
  readonly steps: number | null;
  /** Runs the steps of an epoch. */
  run(runner: StepRunner, watcher: StepWatcher): Promise<void>;
}

/** Is told of every step by its number, or of some. */
export interface StepWatcher {
  /** Whether it wants to be told of every step. */
  readonly seesAll: boolean;
  before(step: number): Promise<void>;
  /** Ends the epoch by returning false. */
  after(step: number): Promise<boolean>;
}

/** In-memory data, gathered batch by batch within the compiled step. */
export function arraySource(data: ArrayData, options: SourceOptions): EpochSource {
  const { batchSize, shuffle, random } = options;
  const all = Math.ceil(data.count / batchSize);
  const steps = Math.min(options.steps ?? all, all);
  const order = new Int32Array(data.count);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return {
    steps,
    async run(runner, watcher) {
      if (shuffle) random.shuffle(order);
      const pass = runner.pass(data, order, batchSize);
      for (let step = 0; step < steps; ) {
        await watcher.before(step);
        step += await pass.next(step, watcher.seesAll ? 1 : steps - step);
        if (!(await watcher.after(step - 1))) return;
      }
    },
  };
}

/**
 * Batches that come from somewhere. An endless source needs `steps`; it goes on where the last epoch left it. One batch is
 * read ahead, but never beyond an epoch's steps: while the device runs a step, the next batch is made and copied to it.
 */
export function streamSource(stream: BatchStream, { steps, classWeight }: SourceOptions): EpochSource {
  const cardinality = 'cardinality' in stream ? (stream.cardinality as number | undefined) : undefined;
  const endless = cardinality === Infinity;
  if (endless && steps === undefined) {
    throw new ValueError(
      'An endless data set needs stepsPerEpoch (or steps), which says where an epoch ends.',
    );
  }
  const once = 'next' in stream;
  let open: AsyncIterator<unknown> | Iterator<unknown> | undefined = once
    ? (stream as AsyncIterator<unknown>)
    : undefined;
  const start = (): AsyncIterator<unknown> | Iterator<unknown> =>
    Symbol.asyncIterator in stream
      ? stream[Symbol.asyncIterator]()
      : (stream as Iterable<unknown>)[Symbol.iterator]();
  const fetch = async (): Promise<StagedBatch | undefined> => {
    const { done, value } = await open!.next();
    return done ? undefined : stage(value, classWeight);
  };
  /** What was read ahead when an epoch ended early, of a source that goes on. */
  let ahead: Promise<StagedBatch | undefined> | undefined;
  const known = steps ?? (cardinality !== undefined && Number.isFinite(cardinality) ? cardinality : null);
  return {
    steps: known,
    async run(runner, watcher) {
      open ??= start();
      let step = 0;
      try {
        for (; steps === undefined || step < steps; step++) {
          const batch = await (ahead ?? fetch());
          ahead = undefined;
          if (batch === undefined) {
            if (!once) open = undefined;
            if (step === 0)
              throw new ValueError(
                'The data gave no batches. A generator that is used up gives none: pass a function, or a Dataset, which starts anew each epoch.',
              );
            return;
          }
          await watcher.before(step);
          const ran = runner.run(batch);
          if (steps === undefined || step + 1 < steps) {
            ahead = fetch();
            ahead.catch(() => undefined); // told of when its turn comes
          }
          await ran;
          if (!(await watcher.after(step))) return;
        }
      } finally {
        if (steps === undefined && open && !once) {
          await ahead?.catch(() => undefined);
          ahead = undefined;
          await open.return?.();
          open = undefined;
        }
      }
    },
  };
}

export function sourceOf(x: unknown, y: unknown, sampleWeight: unknown, options: SourceOptions): EpochSource {
  if (typeof x === 'string' || x === null || x === undefined) {
    throw new ValueError(
      `x must be tensors, arrays, or a data set or generator of batches, got ${x === null ? 'null' : typeof x}.`,
    );
  }
  if (isArrayData(x))
    return arraySource(withClassWeights(arrayData(x, y, sampleWeight), options.classWeight), options);
  if (y !== undefined || sampleWeight !== undefined) {
    throw new ValueError(
      'With a data set or an iterator for x, targets and weights come with its batches: leave out y and sampleWeight.',
    );
  }
  if (typeof x === 'function') return streamSource((x as () => BatchStream)(), options);
  return streamSource(x as BatchStream, options);
}

/** A batch whose tensors are on their way to the device. */
function stage(value: unknown, classWeight: SourceOptions['classWeight']): StagedBatch {
  const batch = mapTree(weighByClass(toBatch(value), classWeight), (leaf) =>
    leaf instanceof Tensor ? toDevice(leaf) : leaf,
  ) as Batch;
  const given = new Set(flattenTree(value).map((leaf) => (leaf instanceof Variable ? leaf.value : leaf)));
  return { ...batch, own: tensorsIn(batch).filter((tensor) => !given.has(tensor)) };
}

function toBatch(value: unknown): Batch {
  const { x, y, sampleWeight } =
    isTensorLike(value) && !Array.isArray(value) ? ({ x: value } as Batch) : unpackBatch(value);
  return {
    x: toTensorNest(x, 'x'),
    y: toTensorNest(y, 'y'),
    sampleWeight: toTensorNest(sampleWeight, 'sampleWeight'),
  };
}

function withClassWeights(data: ArrayData, classWeight: SourceOptions['classWeight']): ArrayData {
  if (!classWeight) return data;
  return { ...data, sampleWeight: weighByClass(data, classWeight).sampleWeight };
}

/** Sample weights by the labels' classes, times those given. */
function weighByClass<B extends Batch>(batch: B, classWeight: SourceOptions['classWeight']): B {
  if (!classWeight) return batch;
  const y = batch.y as Tensor | undefined;
  if (!y || !('dtype' in y)) throw new ValueError('classWeight needs a single target y.');
  const classes = Object.keys(classWeight).map(Number);
  const count = Math.max(...classes) + 1;
  const table = Float32Array.from({ length: count }, (_, i) => classWeight[i] ?? 1);
  const labels = y.rank > 1 && y.shape[y.rank - 1]! > 1 ? y.argmax(-1) : y.reshape([y.shape[0]!]);
  const known = labels.cast('int32').minimum(count - 1);
  const inTable = labels.cast('int32').less(count);
  const weights = (toTensorNest(table, 'classWeight') as Tensor).take(known, 0);
  const own = ops.where(inTable, weights, 1);
  const given = batch.sampleWeight as Tensor | undefined;
  return { ...batch, sampleWeight: given ? own.mul(given) : own };
}
