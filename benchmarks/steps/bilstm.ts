import { Input, layers, losses, optimizers, Sequential } from 'ibex';
import { integers } from '../harness/data.js';
import type { TrainingWorkload } from '../harness/types.js';
import { trainingStep } from './training.js';

/** A text classifier: 200 tokens of 10,000, a bidirectional LSTM. */
export function bilstm(batch: number): TrainingWorkload {
  const model = new Sequential([
    Input({ shape: [200], dtype: 'int32' }),
    new layers.Embedding(10_000, 128),
    new layers.Bidirectional(new layers.LSTM(64, { returnSequences: true })),
    new layers.GlobalMaxPooling1D(),
    new layers.Dense(64, { activation: 'relu' }),
    new layers.Dense(1),
  ]);
  const loss = new losses.BinaryCrossentropy({ fromLogits: true });
  return trainingStep({
    model: model,
    loss: loss,
    optimizer: new optimizers.Adam(0.001),
    x: integers([batch, 200], 1, 10_000),
    y: integers([batch, 1], 2, 2),
  });
}
