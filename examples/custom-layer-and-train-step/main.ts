// A layer, a model and a training step of one's own: an autoencoder that learns from pairs of pictures, a clean one and
// one with noise, with gradients taken by hand. Arguments: --epochs 3 --limit 4000 (digits in all)
import {
  type CallOptions,
  GradientTape,
  layers,
  Model,
  metrics,
  type models,
  ops,
  optimizers,
  random,
  type SymbolicShape,
  setRandomSeed,
  type Tensor,
  type Variable,
} from 'ibex';
import { loadDigits } from '../lib/digits.js';
import { numbersFrom } from '../lib/options.js';

const { epochs, limit } = numbersFrom({ epochs: 3, limit: 4000 });
setRandomSeed(17);

/** A dense layer whose weights have unit length, with a learned scale (Salimans and Kingma, 2016, arXiv:1602.07868). */
class WeightNormalizedDense extends layers.Layer {
  readonly units: number;
  #direction!: Variable;
  #scale!: Variable;

  constructor(units: number) {
    super();
    this.units = units;
  }

  override build(inputShape: SymbolicShape): void {
    this.#direction = this.addWeight({ name: 'direction', shape: [inputShape.at(-1) ?? null, this.units] });
    this.#scale = this.addWeight({ name: 'scale', shape: [this.units], initializer: 'ones' });
  }

  override call(inputs: Tensor): Tensor {
    const kernel = ops.normalize(this.#direction, 0).mul(this.#scale);
    return ops.matmul(inputs, kernel);
  }
}

class Denoiser extends Model {
  readonly encoder = new WeightNormalizedDense(64);
  readonly decoder = new WeightNormalizedDense(784);
  readonly tracker = new metrics.Mean({ name: 'distance' });

  override call(inputs: Tensor, _options?: CallOptions): Tensor {
    const code = ops.relu(this.encoder(inputs));
    return ops.sigmoid(this.decoder(code));
  }

  override trainStep({ x }: models.Batch): models.StepLogs {
    const clean = x as Tensor;
    const noisy = clean.add(random.normal(clean.shape, { stddev: 0.3 }));
    const tape = new GradientTape();
    const loss = tape.run(() =>
      ops.mean(ops.square((this.invoke(noisy, { training: true }) as Tensor).sub(clean))),
    );
    const variables = this.trainableVariables;
    this.optimizer!.apply(tape.gradient(loss, variables), variables);
    this.tracker.updateState(loss);
    return { distance: this.tracker.result() };
  }
}

const { train, test } = await loadDigits(limit);
const flat = (images: Tensor): Tensor => images.reshape([images.shape[0]!, 784]);
const model = new Denoiser();
model.compile({ optimizer: new optimizers.Adam(0.002) });
const { history } = await model.fit(flat(train.images), null, { epochs, batchSize: 64 });
console.log(
  `Mean squared distance, epoch by epoch: ${history['distance']!.map((value) => value.toFixed(4)).join(', ')}`,
);

const clean = flat(test.images);
const noisy = clean.add(random.normal(clean.shape, { stddev: 0.3 }));
const restored = await model.predict(noisy, { verbose: 0 });
const distance = (a: Tensor): number => ops.mean(ops.square(a.sub(clean))).item();
console.log(
  `Of test pictures: ${distance(noisy).toFixed(4)} with noise, ${distance(restored).toFixed(4)} after the model`,
);
