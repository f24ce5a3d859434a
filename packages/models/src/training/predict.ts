import { HostRandom } from '@ibex/data';
import { mapTree, type Tensor, type TypedArray, tensor, typedArrayFor } from '@ibex/tensor';
import { type Callback, CallbackList, ProgressLogger } from '../callbacks/index.js';
import type { Model } from '../model.js';
import { giveUp } from './batch.js';
import { checkPositiveInteger } from './data-check.js';
import { levelOf, throwIfAborted, type Verbosity } from './fit.js';
import { checkOptionNames } from './option-names.js';
import type { StepRunner } from './runner.js';
import { sourceOf } from './source.js';

export interface PredictOptions {
  /** Samples of a step. Default 32. */
  readonly batchSize?: number;
  readonly verbose?: Verbosity;
  readonly steps?: number;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal;
}

const PREDICT_OPTIONS: Record<keyof PredictOptions, true> = {
  batchSize: true,
  verbose: true,
  steps: true,
  callbacks: true,
  signal: true,
};

/** So many batches may be computed before the first one's outputs are on the host. */
const BATCHES_AHEAD = 4;

/** Collects the batches' outputs on the host, and puts them together at the end. */
class OutputCollector {
  #structure: unknown;
  readonly #parts: { values: TypedArray; count: number }[][] = [];
  readonly #reads: Promise<void>[] = [];
  #types: Pick<Tensor, 'dtype' | 'shape'>[] = [];
  #batches = 0;

  /** Begins to read a batch's outputs, and waits for those of an earlier one. Rejects with its error. */
  async add(outputs: unknown): Promise<void> {
    this.#structure ??= mapTree(outputs, () => null);
    const tensors: Tensor[] = [];
    mapTree(outputs, (leaf) => tensors.push(leaf as Tensor));
    this.#types = tensors.map(({ dtype, shape }) => ({ dtype, shape }));
    const read = this.#read(tensors, this.#batches++);
    read.catch(() => undefined); // told of by whoever waits for it
    this.#reads.push(read);
    if (this.#reads.length > BATCHES_AHEAD) await this.#reads.shift();
  }

  async #read(tensors: readonly Tensor[], batch: number): Promise<void> {
    const values = await Promise.all(tensors.map((output) => output.data()));
    values.forEach((part, i) => {
      (this.#parts[i] ??= [])[batch] = { values: part, count: tensors[i]!.shape[0] ?? 1 };
    });
    for (const output of tensors) output.dispose();
  }

  async result(): Promise<unknown> {
    for (const read of this.#reads) await read;
    let next = 0;
    return mapTree(this.#structure, () => this.#join(next++));
  }

  #join(index: number): Tensor {
    const { dtype, shape } = this.#types[index]!;
    const parts = this.#parts[index]!;
    const length = parts.reduce((sum, { values }) => sum + values.length, 0);
    const rows = parts.reduce((sum, { count }) => sum + count, 0);
    const whole = new (typedArrayFor(dtype))(length);
    let at = 0;
    for (const { values } of parts) {
      whole.set(values as never, at);
      at += values.length;
    }
    return tensor(whole, { shape: [rows, ...shape.slice(1)], dtype });
  }
}

export async function predict(model: Model, x: unknown, options: PredictOptions): Promise<unknown> {
  checkOptionNames('predict', options, PREDICT_OPTIONS);
  const batchSize = checkPositiveInteger('batchSize', options.batchSize ?? 32);
  const source = sourceOf(x, undefined, undefined, {
    batchSize,
    shuffle: false,
    steps: options.steps,
    random: new HostRandom(0),
  });
  const verbose = levelOf(options.verbose);
  const progress = verbose === 0 ? undefined : new ProgressLogger();
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...(progress ? [progress] : [])], model, {
    verbose,
    epochs: 1,
    steps: source.steps,
  });
  const collector = new OutputCollector();
  const { predictor } = model;
  const runner: Pick<StepRunner, 'run' | 'pass' | 'drain'> = {
    async run(batch) {
      const outputs = predictor.run(batch.x);
      if (!model.runsEagerly) giveUp(batch);
      await collector.add(outputs);
    },
    pass(data, order, size) {
      const predictOn = predictor.on(data.x);
      return {
        async next(batch) {
          await collector.add(predictOn(order.subarray(batch * size, (batch + 1) * size)));
          return 1;
        },
      };
    },
    drain: () => Promise.resolve(),
  };
  await callbacks.call('onPredictBegin', {});
  await source.run(runner as StepRunner, {
    seesAll: true,
    before: async (step) => callbacks.call('onPredictBatchBegin', step, {}),
    after: async (step) => {
      progress?.onStep(step, false);
      await callbacks.call('onPredictBatchEnd', step, {});
      if (progress?.isDue()) progress.draw({});
      throwIfAborted(options.signal);
      return true;
    },
  });
  const outputs = await collector.result();
  await callbacks.call('onPredictEnd', {});
  return outputs;
}
