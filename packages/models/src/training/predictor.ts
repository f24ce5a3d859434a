import { type Compiled, compile, mapTree, ops, Tensor, toDevice, withEager } from '@ibex/tensor';
import type { Model } from '../model.js';
import { batchOf, gatherRows } from './array-data.js';

/**
 * Runs a model's prediction step, compiled, on batches that are given or gathered from data in memory. It keeps nothing
 * between batches: several predictions may be under way at once.
 */
export class Predictor {
  readonly #model: Model;
  readonly #direct: Compiled<[unknown], unknown>;
  readonly #gathering: Compiled<[unknown, Tensor], unknown>;

  constructor(model: Model) {
    this.#model = model;
    const name = `${model.name}_predict`;
    this.#direct = compile((x: unknown) => this.#step(x), { name });
    this.#gathering = compile((x: unknown, indices: Tensor) => this.#step(gatherRows(x, indices)), { name });
  }

  /** The outputs on a batch, without waiting for them. */
  run(x: unknown): unknown {
    return this.#model.runsEagerly ? withEager(() => this.#step(x)) : this.#direct(x);
  }

  /** A function that gives the outputs on samples of `x` by their numbers, without waiting for them. */
  on(x: unknown): (samples: Int32Array) => unknown {
    const data = mapTree(x, (leaf) => (leaf instanceof Tensor ? toDevice(leaf) : leaf));
    return (samples) => {
      const indices = ops.convertToTensor(samples);
      if (this.#model.runsEagerly) return withEager(() => this.#step(gatherRows(data, indices)));
      return this.#gathering(data, indices);
    };
  }

  #step(x: unknown): unknown {
    return this.#model.predictStep(batchOf(x, undefined, undefined));
  }
}
