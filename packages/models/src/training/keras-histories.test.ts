import { readFileSync } from 'node:fs';
import { Dense, Input } from '@ibex/layers';
import { Adam, SGD } from '@ibex/optimizers';
import { type KerasTensor, tensor } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { expect, it } from 'vitest';
import { Sequential } from '../sequential.js';

/** Data, first weights, and what Keras 3.15 logged in three epochs of training with them. */
const keras = JSON.parse(readFileSync(new URL('./keras-histories.json', import.meta.url), 'utf8')) as {
  readonly x: number[][];
  readonly y: number[][];
  readonly w: (number[] | number[][])[];
  readonly SGD: Record<string, number[]>;
  readonly Adam: Record<string, number[]>;
};

it.each(['SGD', 'Adam'] as const)(
  'training with %s gives the losses and metrics that Keras logs',
  async (name) => {
    const model = new Sequential([
      Input([3]) as KerasTensor,
      new Dense(4, { activation: 'tanh' }),
      new Dense(1),
    ]);
    model.setWeights(keras.w.map((weights) => tensor(weights)));
    model.compile({ optimizer: new { SGD, Adam }[name](0.05), loss: 'mse', metrics: ['mae'] });
    const { history } = await model.fit(keras.x, keras.y, {
      batchSize: 4,
      epochs: 3,
      shuffle: false,
      validationSplit: 0.2,
      verbose: 0,
    });
    expect(Object.keys(history).sort()).toEqual(Object.keys(keras[name]).sort());
    for (const [log, values] of Object.entries(keras[name]))
      expectClose([...history[log]!], values, { rtol: 1e-4 });
  },
);
