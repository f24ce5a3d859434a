import {
  formatShape,
  indexScope,
  isInteger,
  ops,
  type SymbolicShape,
  type Tensor,
  type TensorLike,
  type Variable,
} from '@ibex/tensor';
import { Layer } from './layer.js';
import type { LayerOptions } from './layer-options.js';
import { WeightSettings, type WeightSettingsOptions } from './weight-settings.js';
import { positiveInteger, requireWeight } from './weights.js';

export interface EmbeddingOptions extends LayerOptions, WeightSettingsOptions<'embeddings'> {
  /** Whether 0 stands for padding, which layers after this one are to pass over. Default false. */
  readonly maskZero?: boolean | undefined;
  /** The vectors to begin with. */
  readonly weights?: TensorLike | readonly TensorLike[] | null | undefined;
}

const asTokens = indexScope('tokens', ({ index, extent, position }) => {
  // Those below 0 have been counted from the end.
  const given = index < 0 ? index - extent : index;
  return (
    `The index ${given}${position.length > 0 ? ` (at ${formatShape(position)} of the batch)` : ''} has no vector: an ` +
    `Embedding with inputDim ${extent} takes indices 0 to ${extent - 1}. Raise inputDim to one more than the ` +
    'largest index, or give what is unknown an index of its own'
  );
});

/** Whole numbers below `inputDim` as vectors of `outputDim` that are learned. After `keras.layers.Embedding`. */
export class Embedding extends Layer {
  static override readonly configArguments = ['inputDim', 'outputDim'];

  readonly inputDim: number;
  readonly outputDim: number;
  readonly maskZero: boolean;
  readonly #settings: WeightSettings;
  readonly #first: TensorLike | readonly TensorLike[] | null;
  #embeddings: Variable | null = null;

  constructor(inputDim: number, outputDim: number, options: EmbeddingOptions = {}) {
    super({ ...options, autocast: false });
    this.inputDim = positiveInteger('inputDim', inputDim);
    this.outputDim = positiveInteger('outputDim', outputDim);
    this.maskZero = options.maskZero ?? false;
    this.supportsMasking = this.maskZero;
    this.#settings = new WeightSettings('embeddings', options, 'uniform');
    this.#first = options.weights ?? null;
  }

  /** `[inputDim, outputDim]`. Throws `NotBuiltError` before the layer is built. */
  get embeddings(): Variable {
    return requireWeight(this, this.#embeddings, 'embeddings');
  }

  override build(_inputShape: SymbolicShape): void {
    this.#embeddings = this.addWeight({
      name: 'embeddings',
      shape: [this.inputDim, this.outputDim],
      ...this.#settings,
    });
    if (this.#first !== null) {
      const isList = Array.isArray(this.#first) && this.#first.length === 1;
      this.setWeights(isList ? (this.#first as readonly TensorLike[]) : [this.#first as TensorLike]);
    }
  }

  override call(x: Tensor): Tensor {
    const indices = isInteger(x.dtype) ? x : ops.cast(x, 'int32');
    const vectors = asTokens(() => ops.take(this.embeddings, indices, 0));
    return ops.cast(vectors, this.computeDtype);
  }

  override computeMask(x: Tensor): Tensor | null {
    return this.maskZero ? ops.notEqual(x, 0) : null;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape, this.outputDim];
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      inputDim: this.inputDim,
      outputDim: this.outputDim,
      ...this.#settings.getConfig(),
      activityRegularizer: this.activityRegularizer,
      maskZero: this.maskZero,
      quantizationConfig: null,
    };
  }
}
