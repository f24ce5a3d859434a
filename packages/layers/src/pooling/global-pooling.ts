import { type ImageDataFormat, ops, type Tensor } from '@ibex/tensor';
import { dataFormatOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';

export interface GlobalPoolingOptions extends LayerOptions {
  readonly dataFormat?: ImageDataFormat | null | undefined;
  /** Whether spatial axes stay, with an extent of 1. Default false. */
  readonly keepdims?: boolean | undefined;
}

abstract class BaseGlobalPooling extends Layer {
  readonly dataFormat: ImageDataFormat;
  readonly keepdims: boolean;
  protected readonly axes: readonly number[];

  constructor(rank: number, options: GlobalPoolingOptions) {
    super(options);
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.keepdims = options.keepdims ?? false;
    const first = this.dataFormat === 'channels_last' ? 1 : 2;
    this.axes = Array.from({ length: rank }, (_, i) => first + i);
    this.inputSpec = new InputSpec({ ndim: rank + 2 });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.dataFormat, keepdims: this.keepdims };
  }
}

abstract class BaseGlobalMaxPooling extends BaseGlobalPooling {
  override call(x: Tensor): Tensor {
    return ops.max(x, this.axes, { keepdims: this.keepdims });
  }
}

abstract class BaseGlobalAveragePooling extends BaseGlobalPooling {
  override call(x: Tensor, _options: CallOptions): Tensor {
    return ops.mean(x, this.axes, { keepdims: this.keepdims });
  }
}

/** The largest over all steps of `[batch, steps, channels]`. After `keras.layers.GlobalMaxPooling1D`. */
export class GlobalMaxPooling1D extends BaseGlobalMaxPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(1, options);
  }
}

/** The largest over the whole of `[batch, height, width, channels]`. After `keras.layers.GlobalMaxPooling2D`. */
export class GlobalMaxPooling2D extends BaseGlobalMaxPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(2, options);
  }
}

/** The largest over the whole of `[batch, depth, height, width, channels]`. After `keras.layers.GlobalMaxPooling3D`. */
export class GlobalMaxPooling3D extends BaseGlobalMaxPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(3, options);
  }
}

/** The mean over all steps, or those that a mask leaves. After `keras.layers.GlobalAveragePooling1D`. */
export class GlobalAveragePooling1D extends BaseGlobalAveragePooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(1, options);
    this.supportsMasking = true;
  }

  override call(x: Tensor, options: CallOptions): Tensor {
    const { mask } = options;
    if (mask === null) return super.call(x, options);
    const [steps] = this.axes as [number];
    const counted = ops.expandDims(ops.cast(mask, 'bool'), this.dataFormat === 'channels_last' ? 2 : 1);
    const sum = ops.sum(ops.where(counted, x, 0), steps, { keepdims: this.keepdims });
    return sum.div(ops.sum(ops.cast(counted, x.dtype), steps, { keepdims: this.keepdims }));
  }

  override computeMask(): null {
    return null;
  }
}

/** The mean over the whole of `[batch, height, width, channels]`. After `keras.layers.GlobalAveragePooling2D`. */
export class GlobalAveragePooling2D extends BaseGlobalAveragePooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(2, options);
  }
}

/** The mean over the whole of `[batch, depth, height, width, channels]`. After `keras.layers.GlobalAveragePooling3D`. */
export class GlobalAveragePooling3D extends BaseGlobalAveragePooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(3, options);
  }
}

export {
  GlobalAveragePooling1D as GlobalAvgPool1D,
  GlobalAveragePooling2D as GlobalAvgPool2D,
  GlobalAveragePooling3D as GlobalAvgPool3D,
  GlobalMaxPooling1D as GlobalMaxPool1D,
  GlobalMaxPooling2D as GlobalMaxPool2D,
  GlobalMaxPooling3D as GlobalMaxPool3D,
};
