import {
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  Input,
  LSTM,
  MaxPooling2D,
} from '@ibex/layers';
import { enableOpDeterminism, type KerasTensor, random, setRandomSeed } from '@ibex/tensor';
import { afterEach, expect, it } from 'vitest';
import { Sequential } from '../sequential.js';

afterEach(() => enableOpDeterminism(false));

const models: Record<string, () => Sequential> = {
  'a convolutional model': () =>
    new Sequential([
      Input([12, 12, 3]) as KerasTensor,
      new Conv2D(8, 3, { activation: 'relu' }),
      new BatchNormalization(),
      new MaxPooling2D(2),
      new Conv2D(8, 3),
      new Flatten(),
      new Dropout(0.3),
      new Dense(3, { activation: 'softmax' }),
    ]),
  'a recurrent model': () =>
    new Sequential([
      Input([12]) as KerasTensor,
      new Embedding(20, 8),
      new LSTM(16),
      new Dense(3, { activation: 'softmax' }),
    ]),
};

it.each(Object.keys(models))('%s, trained again with the same seed, is the same bit by bit', async (name) => {
  enableOpDeterminism();
  const train = async (): Promise<unknown> => {
    setRandomSeed(5);
    const model = models[name]!();
    model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
    const [, ...sample] = model.inputs[0]!.shape as number[];
    const x = random.uniform([70, ...sample], { maxval: 20 });
    const y = Array.from({ length: 70 }, (_, i) => i % 3);
    const { history } = await model.fit(x, y, { batchSize: 32, epochs: 3, verbose: 0 });
    return { history, weights: model.getWeights().map((values) => [...values.dataSync()]) };
  };
  expect(await train()).toEqual(await train());
});
