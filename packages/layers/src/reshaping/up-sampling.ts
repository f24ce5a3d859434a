import { type ImageDataFormat, ops, type Tensor } from '@ibex/tensor';
import { dataFormatOf, type Extents, extentsOf, oneOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { positiveInteger } from '../core/weights.js';

export interface UpSamplingOptions extends LayerOptions {
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

export interface UpSampling2DOptions extends UpSamplingOptions {
  /** Default `'nearest'`: rows and columns are repeated. */
  readonly interpolation?: 'nearest' | 'bilinear' | undefined;
}

/** Every step of `[batch, steps, channels]` several times. After `keras.layers.UpSampling1D`. */
export class UpSampling1D extends Layer {
  static override readonly configArguments = ['size'];

  readonly size: number;

  constructor(size = 2, options: LayerOptions = {}) {
    super(options);
    this.size = positiveInteger('size', size);
    this.inputSpec = new InputSpec({ ndim: 3 });
  }

  override call(x: Tensor): Tensor {
    return ops.repeat(x, this.size, 1);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), size: this.size };
  }
}

/** Enlarges images, `[batch, height, width, channels]`. After `keras.layers.UpSampling2D`. */
export class UpSampling2D extends Layer {
  static override readonly configArguments = ['size'];

  readonly size: readonly number[];
  readonly dataFormat: ImageDataFormat;
  readonly interpolation: 'nearest' | 'bilinear';

  constructor(size: Extents = 2, options: UpSampling2DOptions = {}) {
    super(options);
    this.size = extentsOf('size', size, 2);
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.interpolation = oneOf('interpolation', options.interpolation ?? 'nearest', ['nearest', 'bilinear']);
    this.inputSpec = new InputSpec({ ndim: 4 });
  }

  override call(x: Tensor): Tensor {
    const { dataFormat, interpolation } = this;
    const [rows, columns] = this.size as [number, number];
    const first = dataFormat === 'channels_last' ? 1 : 2;
    if (interpolation === 'nearest') return ops.repeat(ops.repeat(x, rows, first), columns, first + 1);
    const [height = 1, width = 1] = x.shape.slice(first);
    return ops.resize(x, [height * rows, width * columns], { interpolation, dataFormat });
  }

  override getConfig(): Record<string, unknown> {
    const { size, dataFormat, interpolation } = this;
    return { ...super.getConfig(), size, dataFormat, interpolation };
  }
}

/** Every row of each axis of volumes, `[batch, depth, height, width, channels]`, several times. After `keras.layers.UpSampling3D`. */
export class UpSampling3D extends Layer {
  static override readonly configArguments = ['size'];

  readonly size: readonly number[];
  readonly dataFormat: ImageDataFormat;

  constructor(size: Extents = 2, options: UpSamplingOptions = {}) {
    super(options);
    this.size = extentsOf('size', size, 3);
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.inputSpec = new InputSpec({ ndim: 5 });
  }

  override call(x: Tensor): Tensor {
    const first = this.dataFormat === 'channels_last' ? 1 : 2;
    return this.size.reduce((y, times, i) => ops.repeat(y, times, first + i), x);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), size: this.size, dataFormat: this.dataFormat };
  }
}
