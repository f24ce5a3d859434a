import {
  callSymbolically,
  type DType,
  floatx,
  KerasTensor,
  type SymbolicShape,
  toDType,
  ValueError,
} from '@ibex/tensor';
import { Layer } from './layer.js';

export interface InputOptions {
  /** Without the batch; `null` where an extent is not known. */
  readonly shape?: SymbolicShape | null | undefined;
  readonly batchSize?: number | null | undefined;
  /** With the batch, in place of `shape` and `batchSize`. */
  readonly batchShape?: SymbolicShape | null | undefined;
  /** Default `floatx()`. */
  readonly dtype?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** Whether `null` may be given for this input. Default false. */
  readonly optional?: boolean | undefined;
}

/** Where tensors come into a model. Made by `Input`. After `keras.layers.InputLayer`. */
export class InputLayer extends Layer {
  readonly batchShape: SymbolicShape;
  readonly optional: boolean;
  readonly #dtype: DType;

  /** Throws `ValueError` unless exactly one of `shape` and `batchShape` is given. */
  constructor(options: InputOptions) {
    const dtype = toDType(options.dtype ?? floatx());
    super({ name: options.name, dtype, autocast: false });
    const { shape, batchSize = null, batchShape } = options;
    if ((shape ?? null) === null && (batchShape ?? null) === null) {
      throw new ValueError('An input needs its shape: Input({ shape: [28, 28, 1] }), without the batch.');
    }
    if (shape && batchShape) throw new ValueError('An input takes either shape or batchShape, not both.');
    this.batchShape = Object.freeze(batchShape ? [...batchShape] : [batchSize, ...(shape ?? [])]);
    this.optional = options.optional ?? false;
    this.#dtype = dtype;
    this.supportsMasking = true;
    this.built = true;
    callSymbolically(this, [], new KerasTensor(this.batchShape, dtype, this.name));
  }

  override get dtype(): DType {
    return this.#dtype;
  }

  /** The symbolic tensor that stands for what is given. */
  get output(): KerasTensor {
    return this.inboundNodes[0]!.outputTensors[0]!;
  }

  override call<T>(x: T): T {
    return x;
  }

  override getConfig(): Record<string, unknown> {
    return {
      batchShape: this.batchShape,
      dtype: this.#dtype,
      sparse: false,
      ragged: false,
      name: this.name,
      optional: this.optional,
    };
  }
}

/**
 * A symbolic tensor to begin a model with: `Input({ shape: [28, 28, 1] })`, or `Input([28, 28, 1])`.
 * After `keras.Input`.
 */
export function Input(
  shape: SymbolicShape | InputOptions,
  options: Omit<InputOptions, 'shape'> = {},
): KerasTensor {
  const given = Array.isArray(shape)
    ? { ...options, shape: shape as SymbolicShape }
    : (shape as InputOptions);
  return new InputLayer(given).output;
}
