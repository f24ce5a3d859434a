import { floatx, ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { type InitializeOptions, Initializer } from './initializer.js';

/** The same value everywhere (0 by default). After `keras.initializers.Constant`. */
export class Constant extends Initializer {
  readonly value: TensorLike;

  /** @param value - a number, or anything that broadcasts to the shape */
  constructor(value: TensorLike = 0) {
    super();
    this.value = value;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    return ops.broadcastTo(ops.cast(this.value, dtype), shape);
  }

  override getConfig(): Record<string, unknown> {
    return { value: this.value };
  }

  static override fromConfig(config: Record<string, unknown>): Constant {
    return new Constant(config['value'] as TensorLike);
  }
}

/** Zeros. After `keras.initializers.Zeros`. */
export class Zeros extends Initializer {
  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    return ops.zeros(shape, { dtype });
  }
}

/** Ones. After `keras.initializers.Ones`. */
export class Ones extends Initializer {
  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    return ops.ones(shape, { dtype });
  }
}

/** The identity matrix times `gain`, for matrices only. After `keras.initializers.Identity`. */
export class Identity extends Initializer {
  readonly gain: number;

  constructor({ gain = 1 }: { readonly gain?: number } = {}) {
    super();
    this.gain = gain;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      throw new ValueError(
        `The Identity initializer makes matrices only, it was asked for shape [${shape.join(', ')}].`,
      );
    }
    return ops.multiply(ops.eye(rows, columns, { dtype }), this.gain);
  }

  override getConfig(): Record<string, unknown> {
    return this.gain === 1 ? {} : { gain: this.gain };
  }
}
