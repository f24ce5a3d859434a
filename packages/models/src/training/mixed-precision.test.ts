import { readFileSync } from 'node:fs';
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
import { Adam, LossScaleOptimizer, type Optimizer, RMSprop, SGD } from '@ibex/optimizers';
import { type KerasTensor, ops, setDtypePolicy, type Tensor, tensor } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Model } from '../model.js';
import { Sequential } from '../sequential.js';

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
