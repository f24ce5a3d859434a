import { type NestedArray, ops, type Tensor } from '@ibex/tensor';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';

export interface RescalingOptions extends LayerOptions {
  /** Default 0. */
  readonly offset?: NestedArray | undefined;
}

/** `x · scale + offset`; both may be one number for each channel. After `keras.layers.Rescaling`. */
export class Rescaling extends Layer {
  static override readonly configArguments = ['scale'];

  readonly scale: NestedArray;
  readonly offset: NestedArray;

  constructor(scale: NestedArray, options: RescalingOptions = {}) {
    super(options);
    this.scale = scale;
    this.offset = options.offset ?? 0;
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    const dtype = this.computeDtype;
    return ops.cast(x, dtype).mul(ops.cast(this.scale, dtype)).add(ops.cast(this.offset, dtype));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset };
  }
}
