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

export interface ResNetSizes {
  /** Height and width of the pictures. */
  readonly extent: number;
  readonly classes: number;
  /** Blocks of each stage and the channels in the middle of its blocks. */
  readonly stages: readonly (readonly [blocks: number, channels: number])[];
}

export const RESNET50: ResNetSizes = {
  extent: 224,
  classes: 1000,
  stages: [
    [3, 64],
    [4, 128],
    [6, 256],
    [3, 512],
  ],
};

/** All of its kinds of layers, for a check in little time. */
export const TINY_RESNET: ResNetSizes = {
  extent: 64,
  classes: 10,
  stages: [
    [1, 16],
    [1, 32],
    [1, 64],
    [1, 128],
  ],
};

/** A ResNet v1 as Keras Applications builds it. */
class ResNet {
  readonly model: Model;
  readonly #made: Layer[] = [];

  constructor({ extent, classes, stages }: ResNetSizes, activation: 'softmax' | null) {
    const pictures = Input({ shape: [extent, extent, 3] });
    let x = new layers.ZeroPadding2D(3)(pictures);
    x = this.#convolve(x, 'conv1', stages[0]![1], 7, { strides: 2, padding: 'valid' });
    x = new layers.ReLU()(x);
    x = new layers.ZeroPadding2D(1)(x);
    x = new layers.MaxPooling2D(3, { strides: 2 })(x);
    stages.forEach(([blocks, filters], stage) => {
      for (let block = 1; block <= blocks; block++) {
        const strides = block === 1 && stage > 0 ? 2 : 1;
        x = this.#block(x, `conv${stage + 2}_block${block}`, filters, strides, block === 1);
      }
    });
    x = new layers.GlobalAveragePooling2D()(x);
    this.model = new Model(
      pictures,
      this.#keep(new layers.Dense(classes, { activation, name: 'predictions' }))(x),
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

const pictures = (batch: number, { extent }: ResNetSizes): Tensor => uniform([batch, extent, extent, 3], 1);

export function resnetTraining(batch: number, sizes: ResNetSizes): TrainingWorkload {
  const { model, variables } = new ResNet(sizes, null);
  return trainingStep({
    model,
    variables,
    loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    optimizer: new optimizers.SGD(0.01, { momentum: 0.9 }),
    x: pictures(batch, sizes),
    y: integers([batch], 2, sizes.classes),
  });
}

/** `predictOnBatch`; the caller has the probabilities before it asks for the next. */
export function resnetInference(batch: number): PredictionWorkload {
  const { model, variables } = new ResNet(RESNET50, 'softmax');
  setWeights(variables);
  const x = pictures(batch, RESNET50);
  return {
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        const probabilities = await model.predictOnBatch(x);
        await probabilities.data();
        probabilities.dispose();
      }
    },
    async outputs() {
      const probabilities = await model.predictOnBatch(x);
      return [...((await probabilities.data()) as Float32Array)];
    },
  };
}
