import {
  Input,
  type KerasTensor,
  Layer,
  layers,
  losses,
  Model,
  ops,
  optimizers,
  type SymbolicShape,
  type Tensor,
} from 'ibex';
import { integers } from '../harness/data.js';
import type { TrainingWorkload } from '../harness/types.js';
import { trainingStep } from './training.js';

const LENGTH = 128;
const VOCABULARY = 8000;
const WIDTH = 256;
const HEADS = 8;
const HIDDEN = 1024;
const BLOCKS = 4;

/** Tokens as vectors, each with its position's added, as in Keras's example of text classification with a transformer. */
class TokenAndPositionEmbedding extends Layer {
  readonly tokens = new layers.Embedding(VOCABULARY, WIDTH);
  readonly positions = new layers.Embedding(LENGTH, WIDTH);

  override call(x: Tensor): Tensor {
    return this.tokens(x).add(this.positions(ops.arange(LENGTH)));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape, WIDTH];
  }
}

function encoderBlock(x: KerasTensor): KerasTensor {
  const attended = new layers.MultiHeadAttention(HEADS, WIDTH / HEADS)(x, x);
  const normalized = new layers.LayerNormalization({ epsilon: 1e-6 })(new layers.Add()([x, attended]));
  const hidden = new layers.Dense(HIDDEN, { activation: 'relu' })(normalized);
  const output = new layers.Dense(WIDTH)(hidden);
  return new layers.LayerNormalization({ epsilon: 1e-6 })(new layers.Add()([normalized, output]));
}

/** Four encoder blocks that normalize after each sum, and a distribution over the vocabulary for each token. */
export function transformer(batch: number): TrainingWorkload {
  const tokens = Input({ shape: [LENGTH], dtype: 'int32' });
  let x = new TokenAndPositionEmbedding()(tokens);
  for (let block = 0; block < BLOCKS; block++) x = encoderBlock(x);
  const model = new Model(tokens, new layers.Dense(VOCABULARY)(x));
  return trainingStep({
    model,
    loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    optimizer: new optimizers.Adam(0.001),
    x: integers([batch, LENGTH], 1, VOCABULARY),
    y: integers([batch, LENGTH], 2, VOCABULARY),
  });
}
