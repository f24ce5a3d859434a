// A convolutional network learns to read handwritten digits; then it is tested, saved, loaded and asked again.
// Arguments: --epochs 5 --limit 10000 (digits in all) --batch 32
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Input, layers, loadModel, ops, Sequential, setRandomSeed, type Tensor } from 'ibex';
import { drawCurves } from '../lib/curves.js';
import { loadDigits } from '../lib/digits.js';
import { numbersFrom } from '../lib/options.js';

const { epochs, limit, batch } = numbersFrom({ epochs: 5, limit: 10_000, batch: 32 });
setRandomSeed(42);

const { train, test } = await loadDigits(limit);
console.log(`${train.labels.size} digits to train on, ${test.labels.size} to test with`);

const model = new Sequential([
  Input({ shape: [28, 28, 1] }),
  new layers.Conv2D(32, 3, { activation: 'relu' }),
  new layers.MaxPooling2D(2),
  new layers.Conv2D(64, 3, { activation: 'relu' }),
  new layers.MaxPooling2D(2),
  new layers.Flatten(),
  new layers.Dense(128, { activation: 'relu' }),
  new layers.Dropout(0.5),
  new layers.Dense(10, { activation: 'softmax' }),
]);
model.summary();
model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });

const started = performance.now();
const { history } = await model.fit(train.images, train.labels, {
  epochs,
  batchSize: batch,
  validationData: [test.images, test.labels],
});
console.log(`Trained in ${((performance.now() - started) / 1000).toFixed(1)} s`);

const { accuracy } = await model.evaluate(test.images, test.labels, { verbose: 0 });
console.log(`Test accuracy: ${(100 * accuracy!).toFixed(2)}%`);

const folder = join('out', 'mnist-cnn');
await mkdir(folder, { recursive: true });
await drawCurves(join(folder, 'curves.svg'), history);
await model.save(join(folder, 'model.keras'));
console.log(`Saved the model and its learning curves to ${folder}`);

const loaded = await loadModel(join(folder, 'model.keras'));
const before = await model.predict(test.images, { verbose: 0 });
const after = await loaded.predict<Tensor>(test.images, { verbose: 0 });
const difference = ops.max(before.sub(after).abs()).item();
console.log(`Largest difference between the predictions of the saved and the loaded model: ${difference}`);
if (difference > 1e-6) process.exitCode = 1;

const first = ops.argmax(after.at([0, 10]), -1);
console.log(
  `The first ten test digits: ${String(await test.labels.at([0, 10]).array())}, read as ${String(await first.array())}`,
);
