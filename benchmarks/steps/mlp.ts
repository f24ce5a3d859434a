import { Input, layers, losses, optimizers, Sequential } from 'ibex';
import { integers, uniform } from '../harness/data.js';
import type { TrainingWorkload } from '../harness/types.js';
import { trainingStep } from './training.js';

/** Dense 784-256-128-64-32-10, relu. */
export function mlpModel(): Sequential {
  return new Sequential([
    Input({ shape: [784] }),
    ...[256, 128, 64, 32].map((units) => new layers.Dense(units, { activation: 'relu' })),
    new layers.Dense(10),
  ]);
}

export function mlpLoss(): losses.Loss {
  return new losses.SparseCategoricalCrossentropy({ fromLogits: true });
}

export function mlp(batch: number): TrainingWorkload {
  return trainingStep({
    model: mlpModel(),
    loss: mlpLoss(),
    optimizer: new optimizers.Adam(0.001),
    x: uniform([batch, 784], 1),
    y: integers([batch], 2, 10),
  });
}
