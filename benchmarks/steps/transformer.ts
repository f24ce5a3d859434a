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

export interface TransformerSizes {
  /** Tokens of a text. */
  readonly length: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  /** Width of the layer between. */
  readonly hidden: number;
  readonly blocks: number;
}

export const TRANSFORMER: TransformerSizes = {
  length: 128,
  vocabulary: 8000,
  width: 256,
  heads: 8,
  hidden: 1024,
  blocks: 4,
};

/** Of BERT's base model, but for the vocabulary. */
export const ENCODER: TransformerSizes = {
  length: 512,
  vocabulary: 8000,
  width: 768,
  heads: 12,
  hidden: 3072,
  blocks: 12,
};

export const TINY_ENCODER: TransformerSizes = {
  length: 16,
  vocabulary: 100,
  width: 32,
  heads: 4,
  hidden: 64,
  blocks: 2,
};

/** Tokens as vectors, each with its position's added, as in Keras's example of text classification with a transformer. */
class TokenAndPositionEmbedding extends Layer {
  readonly tokens: layers.Embedding;
  readonly positions: layers.Embedding;

  constructor(readonly sizes: TransformerSizes) {
    super();
    this.tokens = new layers.Embedding(sizes.vocabulary, sizes.width);
    this.positions = new layers.Embedding(sizes.length, sizes.width);
  }

  override call(x: Tensor): Tensor {
    return this.tokens(x).add(this.positions(ops.arange(this.sizes.length)));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape, this.sizes.width];
  }
}

function encoderBlock(x: KerasTensor, { width, heads, hidden }: TransformerSizes): KerasTensor {
  const attended = new layers.MultiHeadAttention(heads, width / heads)(x, x);
  const normalized = new layers.LayerNormalization({ epsilon: 1e-6 })(new layers.Add()([x, attended]));
  const between = new layers.Dense(hidden, { activation: 'relu' })(normalized);
  const output = new layers.Dense(width)(between);
  return new layers.LayerNormalization({ epsilon: 1e-6 })(new layers.Add()([normalized, output]));
}

/** Encoder blocks that normalize after each sum, and a distribution over the vocabulary for each token. */
export function transformer(batch: number, sizes: TransformerSizes): TrainingWorkload {
  const { length, vocabulary } = sizes;
  const tokens = Input({ shape: [length], dtype: 'int32' });
  let x = new TokenAndPositionEmbedding(sizes)(tokens);
  for (let block = 0; block < sizes.blocks; block++) x = encoderBlock(x, sizes);
  const model = new Model(tokens, new layers.Dense(vocabulary)(x));
  return trainingStep({
    model,
    loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    optimizer: new optimizers.Adam(0.001),
    x: integers([batch, length], 1, vocabulary),
    y: integers([batch, length], 2, vocabulary),
  });
}
