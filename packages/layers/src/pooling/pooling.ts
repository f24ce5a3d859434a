import { type ImageDataFormat, ops, type Tensor } from '@ibex/tensor';
import { dataFormatOf, type Extents, extentsOf, oneOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';

export interface PoolingOptions extends LayerOptions {
  /** Steps between windows. Default: the window's size. */
  readonly strides?: Extents | null | undefined;
  readonly padding?: 'valid' | 'same' | undefined;
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

type Pool = typeof ops.maxPool;

abstract class BasePooling extends Layer {
  static override readonly configArguments = ['poolSize'];

  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: ImageDataFormat;
  readonly #pool: Pool;

  constructor(pool: Pool, rank: number, poolSize: Extents, options: PoolingOptions) {
    super(options);
    this.#pool = pool;
    this.poolSize = extentsOf('poolSize', poolSize, rank);
    this.strides = extentsOf('strides', options.strides ?? poolSize, rank);
    this.padding = oneOf('padding', options.padding ?? 'valid', ['valid', 'same']);
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.inputSpec = new InputSpec({ ndim: rank + 2 });
  }

  override call(x: Tensor): Tensor {
    const { strides, padding, dataFormat } = this;
    return this.#pool(x, this.poolSize, { strides, padding, dataFormat });
  }

  override getConfig(): Record<string, unknown> {
    const { poolSize, padding, strides, dataFormat } = this;
    return { ...super.getConfig(), poolSize, padding, strides, dataFormat };
  }
}

/** The largest of each window of `[batch, steps, channels]`. After `keras.layers.MaxPooling1D`. */
export class MaxPooling1D extends BasePooling {
  constructor(poolSize: Extents = 2, options: PoolingOptions = {}) {
    super(ops.maxPool, 1, poolSize, options);
  }
}

/** The largest of each window of `[batch, height, width, channels]`. After `keras.layers.MaxPooling2D`. */
export class MaxPooling2D extends BasePooling {
  constructor(poolSize: Extents = 2, options: PoolingOptions = {}) {
    super(ops.maxPool, 2, poolSize, options);
  }
}

/** The largest of each window of `[batch, depth, height, width, channels]`. After `keras.layers.MaxPooling3D`. */
export class MaxPooling3D extends BasePooling {
  constructor(poolSize: Extents = 2, options: PoolingOptions = {}) {
    super(ops.maxPool, 3, poolSize, options);
  }
}

/** The mean of each window of `[batch, steps, channels]`; padding does not count. After `keras.layers.AveragePooling1D`. */
export class AveragePooling1D extends BasePooling {
  constructor(poolSize: Extents = 2, options: PoolingOptions = {}) {
    super(ops.averagePool, 1, poolSize, options);
  }
}

/** The mean of each window of `[batch, height, width, channels]`. After `keras.layers.AveragePooling2D`. */
export class AveragePooling2D extends BasePooling {
  constructor(poolSize: Extents = 2, options: PoolingOptions = {}) {
    super(ops.averagePool, 2, poolSize, options);
  }
}

/** The mean of each window of `[batch, depth, height, width, channels]`. After `keras.layers.AveragePooling3D`. */
export class AveragePooling3D extends BasePooling {
  constructor(poolSize: Extents = 2, options: PoolingOptions = {}) {
    super(ops.averagePool, 3, poolSize, options);
  }
}

export {
  AveragePooling1D as AvgPool1D,
  AveragePooling2D as AvgPool2D,
  AveragePooling3D as AvgPool3D,
  MaxPooling1D as MaxPool1D,
  MaxPooling2D as MaxPool2D,
  MaxPooling3D as MaxPool3D,
};
