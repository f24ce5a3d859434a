import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Activation,
  Add,
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  Embedding,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GRU,
  Input,
  LayerNormalization,
  LSTM,
  MaxPooling2D,
  MultiHeadAttention,
} from '@ibex/layers';
import {
  Adam,
  LossScaleOptimizer,
  type LossScaleOptions,
  type Optimizer,
  RMSprop,
  SGD,
} from '@ibex/optimizers';
import { type KerasTensor, ops, setDtypePolicy, type Tensor, tensor } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModel, Model, Sequential } from '../index.js';

type Policy = 'mixed_bfloat16' | 'mixed_float16';

/** What Keras 3.15 (with TensorFlow) made of data and first weights in four epochs. */
interface Recorded {
  readonly x: number[][];
  readonly y: number[];
  readonly weights: number[][];
  readonly policies: Record<
    Policy,
    {
      readonly history: Record<string, number[]>;
      /** Of what the model gives. */
      readonly dtype: string;
      readonly prediction: number[][];
      /** Of the loss, and steps since it changed, at the end. */
      readonly scale?: number;
      readonly steps?: number;
    }
  >;
}
const recorded = JSON.parse(
  readFileSync(new URL('./keras-mixed-precision.json', import.meta.url), 'utf8'),
) as Record<string, Recorded>;

/** A model that is a class: its layers are made under the policy, and called one after another. */
class Convolutional extends Model {
  readonly stack = [
    new Conv2D(4, 3, { padding: 'same', useBias: false }),
    new BatchNormalization(),
    new Activation('relu'),
    new MaxPooling2D(2),
    new Conv2D(5, 2),
    new GlobalAveragePooling2D(),
    new Dense(3, { activation: 'softmax', dtype: 'float32' }),
  ];

  override call(inputs: Tensor): Tensor {
    return this.stack.reduce((x, layer) => layer(x), inputs);
  }
}

function attention(): Model {
  const x = Input([4, 6]) as KerasTensor;
  const attended = new MultiHeadAttention(2, 3)(x, x);
  const normalized = new LayerNormalization()(new Add()([x, attended]));
  const hidden = new Dense(6, { activation: 'gelu' })(normalized);
  return new Model({ inputs: x, outputs: new Dense(2)(new GlobalAveragePooling1D()(hidden)) });
}

const models: Record<
  string,
  { make(): Model; loss: string; metric: string; optimizer(): Optimizer; integers?: boolean }
> = {
  dense: {
    make: () =>
      new Sequential([
        Input([6]) as KerasTensor,
        new Dense(8, { activation: 'relu', kernelRegularizer: 'l2' }),
        new LayerNormalization(),
        new Dropout(0),
        new Dense(3, { activation: 'softmax' }),
      ]),
    loss: 'sparse_categorical_crossentropy',
    metric: 'sparse_categorical_crossentropy',
    optimizer: () => new SGD(0.02, { momentum: 0.9 }),
  },
  conv: {
    make: () => {
      const model = new Convolutional();
      model(ops.zeros([1, 6, 6, 2]));
      return model;
    },
    loss: 'sparse_categorical_crossentropy',
    metric: 'sparse_categorical_crossentropy',
    optimizer: () => new Adam(0.02),
  },
  recurrent: {
    make: () =>
      new Sequential([
        Input([5], { dtype: 'int32' }) as KerasTensor,
        new Embedding(7, 4),
        new LSTM(4, { returnSequences: true }),
        new GRU(3),
        new Dense(1, { activation: 'sigmoid' }),
      ]),
    loss: 'binary_crossentropy',
    metric: 'mae',
    optimizer: () => new Adam(0.02),
    integers: true,
  },
  attention: { make: attention, loss: 'mse', metric: 'mae', optimizer: () => new RMSprop(0.01) },
};

afterEach(() => setDtypePolicy(null));

describe.each(['mixed_bfloat16', 'mixed_float16'] as const)('%s', (policy) => {
  beforeEach(() => setDtypePolicy(policy));

  // 8 bits of mantissa against 11.
  const tolerance = policy === 'mixed_bfloat16' ? { rtol: 0.02, atol: 0.02 } : { rtol: 0.004, atol: 0.004 };

  it.each(Object.keys(models))('trains as Keras does: %s', async (name) => {
    const { make, loss, metric, optimizer, integers } = models[name]!;
    const { x, y, weights, policies } = recorded[name]!;
    const keras = policies[policy];
    const model = make();
    model.setWeights(weights.map((values) => tensor(values)));
    model.compile({ optimizer: optimizer(), loss, metrics: [metric] });
    const data = integers ? tensor(x, { dtype: 'int32' }) : x;
    const { history } = await model.fit(data, y, {
      batchSize: 4,
      epochs: 4,
      shuffle: false,
      validationSplit: 0.2,
      verbose: 0,
    });
    expect(Object.keys(history).sort()).toEqual(Object.keys(keras.history).sort());
    for (const [log, values] of Object.entries(keras.history)) {
      expectClose([...history[log]!], values, tolerance);
    }
    const first = ops.take(data, ops.arange(4), 0);
    const prediction = (await model.predict(first, { verbose: 0 })) as Tensor;
    expect(prediction.dtype).toBe(keras.dtype);
    expectClose(prediction.cast('float32'), keras.prediction, tolerance);
    for (const { dtype } of model.weights) expect(dtype).toBe('float32');
    if (policy === 'mixed_bfloat16') {
      expect(model.optimizer).not.toBeInstanceOf(LossScaleOptimizer);
    } else {
      const { dynamicScale, stepCounter } = model.optimizer as LossScaleOptimizer;
      expect(dynamicScale.value.item()).toBe(keras.scale);
      expect(stepCounter.value.item()).toBe(keras.steps);
    }
  });
});

describe('the scale of float16 losses', () => {
  beforeEach(() => setDtypePolicy('mixed_float16'));

  /** It gives w · x from w = 1. For x = 2 and y = 4 the gradient is -4 by its output and -8 by w, times the scale. */
  const line = (
    options: LossScaleOptions = {},
    inner: Optimizer = new SGD(0.01, { momentum: 0.9 }),
  ): { model: Model; optimizer: LossScaleOptimizer } => {
    const model = new Sequential([Input([1]) as KerasTensor, new Dense(1, { useBias: false })]);
    model.setWeights([tensor([[1]])]);
    const optimizer = new LossScaleOptimizer(inner, options);
    model.compile({ optimizer, loss: 'mse' });
    return { model, optimizer };
  };
  const stateOf = ({ model, optimizer }: ReturnType<typeof line>): Record<string, number> => ({
    w: model.getWeights()[0]!.reshape([]).item(),
    iterations: optimizer.iterations.item(),
    scale: optimizer.dynamicScale.value.item(),
    steps: optimizer.stepCounter.value.item(),
  });

  it('is halved, and the step left out, where gradients overflow', async () => {
    const trained = line();
    const fit = (y: number): Promise<unknown> =>
      trained.model.fit([[2]], [[y]], { batchSize: 1, epochs: 1, verbose: 0 });
    // float16 holds up to 65,504.
    for (const scale of [16384, 8192, 4096]) {
      await fit(4);
      expect(stateOf(trained)).toEqual({ w: 1, iterations: 0, scale, steps: 0 });
    }
    await fit(4);
    const state = stateOf(trained);
    expect(state).toMatchObject({ iterations: 1, scale: 4096, steps: 1 });
    expect(state['w']).toBeCloseTo(1.08, 3);
  });

  it('is halved where the data has what is no number, and what was trained stays', async () => {
    const trained = line({ initialScale: 8 });
    const fit = (x: number): Promise<unknown> =>
      trained.model.fit([[x]], [[4]], { batchSize: 1, epochs: 2, verbose: 0 });
    await fit(2);
    const { w } = stateOf(trained);
    expect(w).toBeGreaterThan(1.08);
    await fit(Number.NaN);
    expect(stateOf(trained)).toEqual({ w, iterations: 2, scale: 2, steps: 0 });
    await fit(2);
    expect(stateOf(trained)['w']).toBeGreaterThan(w!);
    expect(stateOf(trained)).toMatchObject({ iterations: 4, scale: 2, steps: 2 });
  });

  it('is doubled after so many finite steps', async () => {
    const trained = line({ initialScale: 8, dynamicGrowthSteps: 3 });
    await trained.model.fit([[2]], [[4]], { batchSize: 1, epochs: 7, verbose: 0 });
    expect(stateOf(trained)).toMatchObject({ iterations: 7, scale: 32, steps: 1 });
  });

  it('goes together with a factor that the optimizer within has of its own', async () => {
    const trained = line({ initialScale: 8 }, new SGD(0.01, { lossScaleFactor: 4 }));
    await trained.model.fit([[2]], [[4]], { batchSize: 1, epochs: 1, verbose: 0 });
    expect(stateOf(trained)['w']).toBeCloseTo(1.08, 6);
  });

  it('is put around the optimizer by compile unless that is told not to', () => {
    const optimizerFor = (policy: string, autoScaleLoss = true): unknown => {
      setDtypePolicy(policy);
      const model = new Sequential([Input([1]) as KerasTensor, new Dense(1)]);
      model.compile({ optimizer: 'sgd', loss: 'mse', autoScaleLoss });
      return model.optimizer;
    };
    const scaling = optimizerFor('mixed_float16') as LossScaleOptimizer;
    expect(scaling).toBeInstanceOf(LossScaleOptimizer);
    expect(scaling.name).toBe('loss_scale_optimizer');
    expect(scaling.inner).toBeInstanceOf(SGD);
    expect(scaling.dynamicScale.value.item()).toBe(32768);
    for (const other of [
      optimizerFor('mixed_float16', false),
      optimizerFor('mixed_bfloat16'),
      optimizerFor('float16'),
    ]) {
      expect(other).toBeInstanceOf(SGD);
    }
  });

  it('is saved and loaded with the model, whose layers keep their policies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ibex-mixed-'));
    try {
      const trained = line({ initialScale: 64, dynamicGrowthSteps: 3 });
      await trained.model.fit([[2]], [[4]], { batchSize: 1, epochs: 4, verbose: 0 });
      const file = join(folder, 'model.keras');
      await trained.model.save(file);
      setDtypePolicy(null);
      const model = await loadModel(file);
      const loaded = { model, optimizer: model.optimizer as LossScaleOptimizer };
      expect(model.layers.at(-1)!.dtypePolicy.name).toBe('mixed_float16');
      expect(stateOf(loaded)).toEqual(stateOf(trained));
      expect(stateOf(loaded)).toMatchObject({ scale: 128, steps: 1, iterations: 4 });
      for (const each of [trained, loaded]) {
        await each.model.fit([[2]], [[4]], { batchSize: 1, epochs: 3, verbose: 0 });
      }
      expect(stateOf(loaded)).toEqual(stateOf(trained));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
