// A GRU forecasts the next value of a series (sunspot-like: waves of changing height, with noise), against the
// forecast that nothing changes. Arguments: --epochs 5 --length 4000
import { callbacks, Dataset, Input, layers, optimizers, Sequential, setRandomSeed, tensor } from 'ibex';
import { numbersFrom } from '../lib/options.js';

const { epochs, length } = numbersFrom({ epochs: 5, length: 4000 });
const WINDOW = 48;
setRandomSeed(5);

const series = Float32Array.from({ length }, (_, t) => {
  const height = 1 + 0.5 * Math.sin(t / 97);
  return height * Math.sin(t / 7) + 0.3 * Math.sin(t / 2.3) + 0.1 * Math.sin(t * t);
});
const count = length - WINDOW;
const windows = new Float32Array(count * WINDOW);
for (let i = 0; i < count; i++) windows.set(series.subarray(i, i + WINDOW), i * WINDOW);
const cut = Math.floor(count * 0.8);
const part = (from: number, to: number): [x: Float32Array, y: Float32Array] => [
  windows.subarray(from * WINDOW, to * WINDOW),
  series.subarray(from + WINDOW, to + WINDOW),
];
const [trainX, trainY] = part(0, cut);
const [testX, testY] = part(cut, count);

const training = Dataset.fromTensorSlices([tensor(trainX, { shape: [cut, WINDOW, 1] }), trainY])
  .shuffle(cut)
  .batch(64)
  .prefetch(2);
const model = new Sequential([
  Input({ shape: [WINDOW, 1] }),
  new layers.Conv1D(16, 5, { padding: 'causal', activation: 'relu' }),
  new layers.GRU(32, { returnSequences: true }),
  new layers.GRU(16),
  new layers.Dense(1),
]);
model.compile({ optimizer: new optimizers.Adam(0.003, { clipnorm: 1 }), loss: 'mse', metrics: ['mae'] });
await model.fit(training, null, {
  epochs,
  validationData: [tensor(testX, { shape: [count - cut, WINDOW, 1] }), testY],
  callbacks: [new callbacks.ReduceLROnPlateau({ monitor: 'val_loss', patience: 2, factor: 0.5 })],
});
const { loss } = await model.evaluate(tensor(testX, { shape: [count - cut, WINDOW, 1] }), testY, {
  verbose: 0,
});
const naive =
  testY.reduce((sum, value, i) => sum + (value - testX[(i + 1) * WINDOW - 1]!) ** 2, 0) / testY.length;
console.log(
  `Mean squared error: ${loss!.toFixed(4)}; of the forecast that nothing changes: ${naive.toFixed(4)}`,
);
