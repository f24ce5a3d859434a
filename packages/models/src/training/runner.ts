import {
  type Compiled,
  compile,
  ops,
  type PreparedCall,
  sync,
  type Tensor,
  Variable,
  withEager,
} from '@ibex/tensor';
import { type ArrayData, batchOf, gatherBatch } from './array-data.js';
import { type Batch, giveUp, type StagedBatch } from './batch.js';
import { Pacer } from './pacer.js';

/** Runs one step over batches. The step is compiled, and the loop stays a few runs ahead of the device. */
export class StepRunner {
  readonly #step: (batch: Batch) => void;
  readonly #eagerly: boolean;
  readonly #direct: Compiled<[unknown, unknown, unknown], null>;
  readonly #indexed: Compiled<[unknown, unknown, unknown, Tensor, number], null>;
  /** Where in the epoch's order the next batch begins. */
  readonly #cursor = new Variable(() => ops.zeros([], { dtype: 'int32' }), {
    shape: [],
    dtype: 'int32',
    trainable: false,
    name: 'cursor',
  });
  readonly #pacer = new Pacer();

  constructor(name: string, step: (batch: Batch) => void, eagerly: boolean) {
    this.#step = step;
    this.#eagerly = eagerly;
    this.#direct = compile(
      (x: unknown, y: unknown, sampleWeight: unknown): null => {
        step(batchOf(x, y, sampleWeight));
        return null;
      },
      { name },
    );
    this.#indexed = compile(
      (x: unknown, y: unknown, sampleWeight: unknown, order: Tensor, size: number): null => {
        const at = this.#cursor.value;
        const indices = ops.slice(order, ops.reshape(at, [1]), [size]);
        step(gatherBatch({ x, y, sampleWeight }, indices));
        this.#cursor.assign(at.add(size));
        return null;
      },
      { name },
    );
  }

  /** Runs the step on a batch. */
  async run(batch: StagedBatch): Promise<void> {
    const { x, y, sampleWeight } = batch;
    if (this.#eagerly) {
      withEager(() => this.#step(batchOf(x, y, sampleWeight)));
      await yieldToEventLoop();
      return;
    }
    const enqueued = this.#pacer.run(this.#direct.prepare(x, y, sampleWeight));
    giveUp(batch);
    await enqueued;
  }

  /** A pass over data in memory, in batches of `batchSize` samples but for the last. */
  pass(data: ArrayData, order: Int32Array, batchSize: number): EpochPass {
    const { x, y, sampleWeight, count } = data;
    if (this.#eagerly) {
      return {
        next: async (batch) => {
          const indices = order.slice(batch * batchSize, (batch + 1) * batchSize);
          withEager(() => this.#step(gatherBatch(data, ops.convertToTensor(indices))));
          await yieldToEventLoop();
          return 1;
        },
      };
    }
    this.#cursor.assign(0);
    const orderTensor = ops.convertToTensor(order);
    const prepare = (size: number): PreparedCall =>
      this.#indexed.prepare(x, y, sampleWeight, orderTensor, size);
    let full: PreparedCall | undefined;
    return {
      next: async (batch, most) => {
        const left = count - batch * batchSize;
        if (left < batchSize) return this.#pacer.run(prepare(left));
        full ??= prepare(batchSize);
        return this.#pacer.run(full, Math.min(most, Math.floor(left / batchSize)));
      },
    };
  }

  /** Ends when the device has done all that was asked for; rejects with the error of a run that failed. */
  async drain(): Promise<void> {
    await this.#pacer.drain();
    await sync();
  }
}

export interface EpochPass {
  /** Runs the step on the batch of this number, and perhaps on those after it: on `most` at most. On how many. */
  next(batch: number, most: number): Promise<number>;
}

function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
