import { HostRandom } from '@ibex/data';
import {
  type Compiled,
  compile,
  mapTree,
  ops,
  type Tensor,
  type TypedArray,
  tensor,
  typedArrayFor,
  withEager,
} from '@ibex/tensor';
import { type Callback, CallbackList, ProgressLogger } from '../callbacks/index.js';
import type { Model } from '../model.js';
import { batchOf, gatherBatch } from './array-data.js';
import { giveUp, type StagedBatch } from './batch.js';
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

/** Collects the batches' outputs on the host, and puts them together at the end. */
class OutputCollector {
  #structure: unknown;
  readonly #parts: { values: TypedArray; count: number }[][] = [];
  #types: Pick<Tensor, 'dtype' | 'shape'>[] = [];

  async add(outputs: unknown): Promise<void> {
    this.#structure ??= mapTree(outputs, () => null);
    const tensors: Tensor[] = [];
    mapTree(outputs, (leaf) => tensors.push(leaf as Tensor));
    this.#types = tensors.map(({ dtype, shape }) => ({ dtype, shape }));
    const values = await Promise.all(tensors.map((output) => output.data()));
    values.forEach((part, i) =>
      (this.#parts[i] ??= []).push({ values: part, count: tensors[i]!.shape[0] ?? 1 }),
    );
    for (const output of tensors) output.dispose();
  }

  result(): unknown {
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

export type PredictFunction = Compiled<[unknown], unknown>;

export function makePredictFunction(model: Model): PredictFunction {
  return compile((x: unknown) => model.predictStep(batchOf(x, undefined, undefined)), {
    name: `${model.name}_predict`,
  });
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
  const predictOn = async (batch: StagedBatch): Promise<void> => {
    const { x: inputs } = batch;
    const outputs = model.runsEagerly
      ? withEager(() => model.predictStep(batchOf(inputs, undefined, undefined)))
      : model.predictFunction(inputs);
    if (!model.runsEagerly) giveUp(batch);
    await collector.add(outputs);
  };
  // Batches are cut from data in memory as tensors of their own: the compiled function is the one `model.predictOnBatch` uses.
  const runner: Pick<StepRunner, 'run' | 'pass' | 'drain'> = {
    run: predictOn,
    pass: (data, order, size) => ({
      next: async (batch) => {
        await predictOn(
          gatherBatch(data, ops.convertToTensor(order.slice(batch * size, (batch + 1) * size))),
        );
        return 1;
      },
    }),
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
  await callbacks.call('onPredictEnd', {});
  return collector.result();
}
