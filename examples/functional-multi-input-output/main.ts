// A model of a graph: it looks at two digits, tells for each which it is, and how much they add up to.
// Arguments: --epochs 4 --limit 10000 (digits in all)
import { Input, layers, Model, setRandomSeed, type Tensor } from 'ibex';
import { type Digits, loadDigits } from '../lib/digits.js';
import { numbersFrom } from '../lib/options.js';

const { epochs, limit } = numbersFrom({ epochs: 4, limit: 10_000 });
setRandomSeed(11);

const left = Input({ shape: [28, 28, 1], name: 'left' });
const right = Input({ shape: [28, 28, 1], name: 'right' });

// One reader, used twice: both pictures train the same weights.
const picture = Input({ shape: [28, 28, 1] });
let features = new layers.Conv2D(16, 3, { activation: 'relu' })(picture);
features = new layers.MaxPooling2D()(features);
features = new layers.Conv2D(32, 3, { activation: 'relu' })(features);
features = new layers.GlobalMaxPooling2D()(features);
const reader = new Model(picture, new layers.Dense(64, { activation: 'relu' })(features), { name: 'reader' });

const classify = new layers.Dense(10, { activation: 'softmax' });
const seen = [reader(left), reader(right)] as const;
const both = new layers.Concatenate()([...seen]);
const sum = new layers.Dense(1, { name: 'sum' })(new layers.Dense(64, { activation: 'relu' })(both));
const model = new Model([left, right], { first: classify(seen[0]), second: classify(seen[1]), sum });
model.summary();
model.compile({
  optimizer: 'adam',
  loss: { first: 'sparse_categorical_crossentropy', second: 'sparse_categorical_crossentropy', sum: 'mse' },
  lossWeights: { first: 1, second: 1, sum: 0.05 },
  metrics: { first: ['accuracy'], second: ['accuracy'], sum: ['mae'] },
});

const { train, test } = await loadDigits(limit);
const [x, y] = pairs(train);
const [testX, testY] = pairs(test);
await model.fit(x, y, { epochs, batchSize: 64 });
const results = await model.evaluate(testX, testY, { verbose: 0 });
console.log(
  Object.entries(results)
    .map(([name, value]) => `${name}: ${value.toFixed(4)}`)
    .join(', '),
);

/** Each digit beside the one half the set further on. */
function pairs({
  images,
  labels,
}: Digits): [{ left: Tensor; right: Tensor }, { first: Tensor; second: Tensor; sum: Tensor }] {
  const half = Math.floor(labels.size / 2);
  const [a, b] = [labels.at([0, half]), labels.at([half, 2 * half])];
  return [
    { left: images.at([0, half]), right: images.at([half, 2 * half]) },
    { first: a, second: b, sum: a.add(b).cast('float32') },
  ];
}
