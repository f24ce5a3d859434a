import {
  Input,
  type KerasTensor,
  type Layer,
  layers,
  losses,
  Model,
  optimizers,
  type Tensor,
  type Variable,
} from 'ibex';
import { integers, setWeights, uniform } from '../harness/data.js';
import type { PredictionWorkload, TrainingWorkload } from '../harness/types.js';
import { trainingStep } from './training.js';

/** Blocks of each stage and the channels in the middle of its blocks. */
const STAGES = [
  [3, 64],
  [4, 128],
  [6, 256],
  [3, 512],
] as const;

const SIZE = 224;
const CLASSES = 1000;

/** ResNet-50 as Keras Applications builds it. */
class ResNet50 {
  readonly model: Model;
  readonly #made: Layer[] = [];

  constructor(activation: 'softmax' | null) {
    const pictures = Input({ shape: [SIZE, SIZE, 3] });
    let x = new layers.ZeroPadding2D(3)(pictures);
    x = this.#convolve(x, 'conv1', 64, 7, { strides: 2, padding: 'valid' });
    x = new layers.ReLU()(x);
    x = new layers.ZeroPadding2D(1)(x);
    x = new layers.MaxPooling2D(3, { strides: 2 })(x);
    STAGES.forEach(([blocks, filters], stage) => {
      for (let block = 1; block <= blocks; block++) {
        const strides = block === 1 && stage > 0 ? 2 : 1;
        x = this.#block(x, `conv${stage + 2}_block${block}`, filters, strides, block === 1);
      }
    });
    x = new layers.GlobalAveragePooling2D()(x);
    this.model = new Model(
      pictures,
      this.#keep(new layers.Dense(CLASSES, { activation, name: 'predictions' }))(x),
    );
  }

  /** What is trained, in the order in which the layers were made: a model has them by their places in the graph. */
  get variables(): Variable[] {
    return this.#made.flatMap((layer) => layer.trainableVariables);
  }

  #keep<L extends Layer>(layer: L): L {
    this.#made.push(layer);
    return layer;
  }

  #convolve(
    x: KerasTensor,
    name: string,
    filters: number,
    size: number,
    options: { strides?: number; padding?: 'same' | 'valid' } = {},
  ): KerasTensor {
    const convolved = this.#keep(
      new layers.Conv2D(filters, size, { padding: 'same', ...options, name: `${name}_conv` }),
    )(x);
    return this.#keep(new layers.BatchNormalization({ epsilon: 1.001e-5, name: `${name}_bn` }))(convolved);
  }

  #block(x: KerasTensor, name: string, filters: number, strides: number, projected: boolean): KerasTensor {
    const shortcut = projected ? this.#convolve(x, `${name}_0`, 4 * filters, 1, { strides }) : x;
    let y = new layers.ReLU()(this.#convolve(x, `${name}_1`, filters, 1, { strides }));
    y = new layers.ReLU()(this.#convolve(y, `${name}_2`, filters, 3));
    y = this.#convolve(y, `${name}_3`, 4 * filters, 1);
    return new layers.ReLU()(new layers.Add()([shortcut, y]));
  }
}

const pictures = (batch: number): Tensor => uniform([batch, SIZE, SIZE, 3], 1);

export function resnetTraining(batch: number): TrainingWorkload {
  const { model, variables } = new ResNet50(null);
  return trainingStep({
    model,
    variables,
    loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    optimizer: new optimizers.SGD(0.01, { momentum: 0.9 }),
    x: pictures(batch),
    y: integers([batch], 2, CLASSES),
  });
}

/** The function that `predict` runs on each batch; the caller has the probabilities before it asks for the next. */
export function resnetInference(batch: number): PredictionWorkload {
  const { model, variables } = new ResNet50('softmax');
  setWeights(variables);
  const x = pictures(batch);
  return {
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        const probabilities = (await model.predictFunction.runAsync(x)) as Tensor;
        await probabilities.data();
        probabilities.dispose();
      }
    },
    async outputs() {
      const probabilities = (await model.predictFunction.runAsync(x)) as Tensor;
      return [...((await probabilities.data()) as Float32Array)];
    },
  };
}
