// A multilayer perceptron reads handwritten digits, and stops when it no longer improves.
// Arguments: --epochs 20 --limit 10000 (digits in all)
import { callbacks, Input, layers, losses, optimizers, Sequential, setRandomSeed } from 'ibex';
import { loadDigits } from '../lib/digits.js';
import { numbersFrom } from '../lib/options.js';

const { epochs, limit } = numbersFrom({ epochs: 20, limit: 10_000 });
setRandomSeed(1);

const { train, test } = await loadDigits(limit);
const model = new Sequential([
  Input({ shape: [28, 28, 1] }),
  new layers.Flatten(),
  new layers.Dense(256, { activation: 'relu' }),
  new layers.BatchNormalization(),
  new layers.Dense(128, { activation: 'relu', kernelRegularizer: 'l2' }),
  new layers.Dropout(0.3),
  new layers.Dense(10),
]);
model.compile({
  optimizer: new optimizers.AdamW(
    new optimizers.CosineDecay(0.002, epochs * Math.ceil(train.labels.size / 64)),
  ),
  loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }),
  metrics: ['accuracy'],
});
const { history } = await model.fit(train.images, train.labels, {
  epochs,
  batchSize: 64,
  validationSplit: 0.1,
  callbacks: [
    new callbacks.EarlyStopping({ monitor: 'val_accuracy', patience: 3, restoreBestWeights: true }),
  ],
});
const { accuracy } = await model.evaluate(test.images, test.labels, { verbose: 0 });
console.log(
  `Stopped after ${history['loss']!.length} epochs; test accuracy: ${(100 * accuracy!).toFixed(2)}%`,
);
