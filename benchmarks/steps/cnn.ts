import { Input, layers, losses, optimizers, Sequential } from 'ibex';
import { integers, uniform } from '../harness/data.js';
import type { TrainingWorkload, WorkloadOptions } from '../harness/types.js';
import { trainingStep } from './training.js';

/** The network of Keras's first convolutional example, on pictures of 28 x 28 with one channel. */
export function cnn(batch: number, { dropout }: WorkloadOptions): TrainingWorkload {
  const model = new Sequential([
    Input({ shape: [28, 28, 1] }),
    new layers.Conv2D(32, 3, { activation: 'relu' }),
    new layers.MaxPooling2D(2),
    new layers.Conv2D(64, 3, { activation: 'relu' }),
    new layers.MaxPooling2D(2),
    new layers.Flatten(),
    new layers.Dense(128, { activation: 'relu' }),
    new layers.Dropout(dropout ? 0.5 : 0),
    new layers.Dense(10),
  ]);
  const loss = new losses.SparseCategoricalCrossentropy({ fromLogits: true });
  return trainingStep({
    model: model,
    loss: loss,
    optimizer: new optimizers.Adam(0.001),
    x: uniform([batch, 28, 28, 1], 1),
    y: integers([batch], 2, 10),
  });
}
