import { Dataset } from '@ibex/data';
import { Dense, Input } from '@ibex/layers';
import { GradientTape, type KerasTensor, ops, setRandomSeed, type Tensor, tensor } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import { Callback, type HookName } from '../callbacks/index.js';
import { Model } from '../model.js';
import { Sequential } from '../sequential.js';
import type { Batch } from './batch.js';

const x = Array.from({ length: 10 }, (_, i) => [Math.sin(i), Math.cos(i), i / 10]);
const y = Array.from({ length: 10 }, (_, i) => [Math.sin(2 * i)]);
const kernel = [[0.5], [-0.25], [0.1]];

/** A linear model with set weights. */
function linear(options: { runEagerly?: boolean; optimizer?: string } = {}): Sequential {
  const model = new Sequential([Input([3]) as KerasTensor, new Dense(1)]);
  model.setWeights([tensor(kernel), tensor([0])]);
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'], ...options });
  return model;
}

const quiet = { verbose: 0 } as const;

describe('fit', () => {
  it('gives a history with a value of every log an epoch', async () => {
    const history = await linear().fit(x, y, { epochs: 3, validationSplit: 0.2, ...quiet });
    expect(Object.keys(history.history).sort()).toEqual(['loss', 'mae', 'val_loss', 'val_mae']);
    expect(history.history['loss']).toHaveLength(3);
    expect(history.epoch).toEqual([0, 1, 2]);
  });

  it('gives the same numbers eagerly and compiled, with a smaller last batch', async () => {
    const options = { epochs: 2, batchSize: 4, shuffle: false, ...quiet };
    const compiled = await linear({ optimizer: 'adam' }).fit(x, y, options);
    const eager = await linear({ optimizer: 'adam', runEagerly: true }).fit(x, y, options);
    expectClose(eager.history['loss']! as number[], compiled.history['loss']! as number[], { rtol: 1e-5 });
  });

  it('shuffles the same way after the same seed', async () => {
    const run = async (seed: number): Promise<readonly number[]> => {
      setRandomSeed(seed);
      return (await linear().fit(x, y, { epochs: 2, batchSize: 2, ...quiet })).history['loss']!;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('weighs samples, and samples by their class', async () => {
    const labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
    const options = { epochs: 2, batchSize: 5, shuffle: false, ...quiet };
    const bySample = await linear().fit(x, labels, {
      ...options,
      sampleWeight: labels.map((l) => (l ? 3 : 1)),
    });
    const byClass = await linear().fit(x, labels, { ...options, classWeight: { 0: 1, 1: 3 } });
    const plain = await linear().fit(x, labels, options);
    expect(byClass.history['loss']).toEqual(bySample.history['loss']);
    expect(byClass.history['loss']).not.toEqual(plain.history['loss']);
  });

  it('takes data sets, generators and async iterables alike', async () => {
    const options = { epochs: 2, ...quiet };
    const plain = await linear().fit(x, y, { ...options, batchSize: 5, shuffle: false });
    const batches = [0, 5].map((at) => [tensor(x.slice(at, at + 5)), tensor(y.slice(at, at + 5))]);
    const dataset = Dataset.fromTensorSlices([tensor(x), tensor(y)]).batch(5);
    const asynchronous = {
      async *[Symbol.asyncIterator]() {
        yield* batches;
      },
    };
    for (const source of [dataset, asynchronous]) {
      const { history } = await linear().fit(source as never, null, options);
      expectClose(history['loss']! as number[], plain.history['loss']! as number[], { rtol: 1e-5 });
    }
    function* endless() {
      for (;;) yield* batches;
    }
    const { history } = await linear().fit(endless(), null, { ...options, stepsPerEpoch: 2 });
    expectClose(history['loss']! as number[], plain.history['loss']! as number[], { rtol: 1e-5 });
  });

  it('trains several inputs and outputs with losses by name', async () => {
    const a = Input([3], { name: 'a' }) as KerasTensor;
    const b = Input([3], { name: 'b' }) as KerasTensor;
    const sum = ops.add(a as never, b as never) as never;
    const first = new Dense(1, { name: 'first' })(sum) as KerasTensor;
    const second = new Dense(2, { name: 'second', activation: 'softmax' })(sum) as KerasTensor;
    const model = new Model({ a, b }, { first, second });
    model.compile({
      loss: { first: 'mse', second: 'sparse_categorical_crossentropy' },
      lossWeights: { first: 1, second: 0.5 },
      metrics: { second: ['accuracy'] },
    });
    const labels = y.map(([v]) => (v! > 0 ? 1 : 0));
    const { history } = await model.fit(
      { a: x, b: x },
      { first: y, second: labels },
      { epochs: 2, ...quiet },
    );
    expect(Object.keys(history).sort()).toEqual(['first_loss', 'loss', 'second_accuracy', 'second_loss']);
    const last = (name: string): number => history[name]!.at(-1)!;
    expect(last('loss')).toBeCloseTo(last('first_loss') + 0.5 * last('second_loss'), 4);
    const found = await model.predict<Record<string, Tensor>>({ a: x, b: x }, quiet);
    expect(found['second']!.shape).toEqual([10, 2]);
  });

  it('runs a train step of its own', async () => {
    class Own extends Model {
      readonly dense = new Dense(1, { kernelInitializer: 'ones' });
      override call(inputs: never): unknown {
        return this.dense(inputs);
      }
      override trainStep({ x: inputs, y: targets }: Batch): Record<string, Tensor> {
        const tape = new GradientTape();
        const loss = tape.run(() => {
          const error = (this.invoke(inputs, { training: true }) as Tensor).sub(targets as Tensor);
          return ops.mean(error.mul(error));
        });
        const variables = this.trainableVariables;
        const gradients = tape.gradient(loss, variables);
        this.optimizer!.apply(gradients as Tensor[], variables);
        return { own: loss };
      }
    }
    const model = new Own();
    model.compile({ optimizer: 'sgd' });
    const { history } = await model.fit(x, y, { epochs: 5, batchSize: 10, ...quiet });
    expect(Object.keys(history)).toEqual(['own']);
    expect(history['own']!.at(-1)!).toBeLessThan(history['own']![0]!);
  });

  it('calls the hooks of callbacks in order', async () => {
    const seen: string[] = [];
    class Recorder extends Callback {}
    const recorder = new Recorder();
    const names: HookName[] = [
      'onTrainBegin',
      'onTrainEnd',
      'onEpochBegin',
      'onEpochEnd',
      'onTrainBatchBegin',
      'onTrainBatchEnd',
      'onTestBegin',
      'onTestEnd',
    ];
    for (const name of names) Object.assign(recorder, { [name]: () => void seen.push(name) });
    await linear().fit(x, y, { batchSize: 5, validationData: [x, y], callbacks: [recorder], ...quiet });
    expect(seen).toEqual([
      'onTrainBegin',
      'onEpochBegin',
      'onTrainBatchBegin',
      'onTrainBatchEnd',
      'onTrainBatchBegin',
      'onTrainBatchEnd',
      'onTestBegin',
      'onTestEnd',
      'onEpochEnd',
      'onTrainEnd',
    ]);
  });

  it('stops when a callback says so', async () => {
    class Stopper extends Callback {
      override onEpochEnd(epoch: number): void {
        if (epoch === 1) this.model.stopTraining = true;
      }
    }
    const history = await linear().fit(x, y, { epochs: 9, callbacks: [new Stopper()], ...quiet });
    expect(history.epoch).toEqual([0, 1]);
  });

  it('ends through its signal with the code IBEX_ABORTED, and can go on after', async () => {
    const model = linear();
    const controller = new AbortController();
    class Aborter extends Callback {
      override onEpochEnd(): void {
        controller.abort();
      }
    }
    const job = model.fit(x, y, {
      epochs: 9,
      callbacks: [new Aborter()],
      signal: controller.signal,
      ...quiet,
    });
    await expect(job).rejects.toMatchObject({ code: 'IBEX_ABORTED' });
    expect((await model.fit(x, y, quiet)).epoch).toEqual([0]);
  });

  it('leaves the event loop free', async () => {
    let fired = 0;
    const timer = setInterval(() => fired++, 1);
    await linear().fit(x, y, { epochs: 300, batchSize: 1, ...quiet });
    clearInterval(timer);
    expect(fired).toBeGreaterThan(5);
  });
});

describe('evaluate, predict and steps on batches', () => {
  it('evaluates as the mean over all samples', async () => {
    const model = linear();
    const whole = await model.evaluate(x, y, { batchSize: 10, ...quiet });
    const parts = await model.evaluate(x, y, { batchSize: 3, ...quiet });
    expect(parts['loss']).toBeCloseTo(whole['loss']!, 5);
  });

  it('predicts batch by batch what it predicts at once', async () => {
    const model = linear();
    const found = await model.predict(x, { batchSize: 3, ...quiet });
    expect(found.shape).toEqual([10, 1]);
    expectClose(found, ops.matmul(tensor(x), tensor(kernel)), { rtol: 1e-5 });
    expectClose(await model.predictOnBatch(x), found, { rtol: 1e-5 });
  });

  it('predicts for several callers at once', async () => {
    const model = linear();
    const alone = await model.predict(x, { batchSize: 2, ...quiet });
    const together = await Promise.all(
      [1, 2, 3, 4].map((batchSize) => model.predict(x, { batchSize, ...quiet })),
    );
    for (const found of together) expectClose(found, alone, { rtol: 1e-5 });
  });

  it('trains on a batch', async () => {
    const model = linear();
    const first = await model.trainOnBatch(x, y);
    model.resetMetrics();
    const second = await model.trainOnBatch(x, y);
    expect(second['loss']!).toBeLessThan(first['loss']!);
  });
});
