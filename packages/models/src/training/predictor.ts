import { type Compiled, compile, ops, type Tensor, Variable, withEager } from '@ibex/tensor';
import type { Model } from '../model.js';
import { type ArrayData, batchOf, gatherBatch } from './array-data.js';

/** Runs a model's prediction step, compiled, on batches that are given or gathered from data in memory. */
export class Predictor {
  readonly #model: Model;
  readonly #direct: Compiled<[unknown], unknown>;
  readonly #indexed: Compiled<[unknown, Tensor, number], unknown>;
  /** Where in the order of a pass the next batch begins. */
  readonly #cursor = new Variable(() => ops.zeros([], { dtype: 'int32' }), {
    shape: [],
    dtype: 'int32',
    trainable: false,
    name: 'cursor',
  });

  constructor(model: Model) {
    this.#model = model;
    const name = `${model.name}_predict`;
    this.#direct = compile((x: unknown) => model.predictStep(batchOf(x, undefined, undefined)), { name });
    this.#indexed = compile(
      (x: unknown, order: Tensor, size: number) => {
        const at = this.#cursor.value;
        const indices = ops.slice(order, ops.reshape(at, [1]), [size]);
        this.#cursor.assign(at.add(size));
        return model.predictStep(gatherBatch({ x, y: undefined, sampleWeight: undefined }, indices));
      },
      { name },
    );
  }

  /** The outputs on a batch, without waiting for them. */
  run(x: unknown): unknown {
    if (this.#model.runsEagerly) return this.#eagerly(x);
    return this.#direct(x);
  }

  /** A pass over data in memory: each call gives the outputs on the next batch of `batchSize` samples, without waiting. */
  pass({ x, count }: ArrayData, order: Int32Array, batchSize: number): () => unknown {
    let at = 0;
    const orderTensor = ops.convertToTensor(order);
    this.#cursor.assign(0);
    return () => {
      const size = Math.min(batchSize, count - at);
      at += size;
      if (!this.#model.runsEagerly) return this.#indexed(x, orderTensor, size);
      const indices = ops.convertToTensor(order.slice(at - size, at));
      return this.#eagerly(gatherBatch({ x, y: undefined, sampleWeight: undefined }, indices).x);
    };
  }

  #eagerly(x: unknown): unknown {
    return withEager(() => this.#model.predictStep(batchOf(x, undefined, undefined)));
  }
}
