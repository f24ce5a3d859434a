import { ops, type SymbolicShape, type Tensor, type Variable } from '@ibex/tensor';
import type { Extents } from '../arguments.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { positiveInteger, requireWeight } from '../core/weights.js';
import { WindowedLayer, type WindowOptions } from './base.js';

export interface DepthwiseConvOptions extends WindowOptions, WeightSettingsOptions<'depthwise'> {
  /** How many output channels each input channel gives. Default 1. */
  readonly depthMultiplier?: number | undefined;
}

/** Convolutions of each channel on its own. */
abstract class BaseDepthwiseConv extends WindowedLayer {
  static override readonly configArguments = ['kernelSize'];

  readonly depthMultiplier: number;
  readonly #depthwiseSettings: WeightSettings;
  #kernel: Variable | null = null;

  constructor(rank: number, kernelSize: Extents, options: DepthwiseConvOptions) {
    super(rank, kernelSize, options, ['valid', 'same']);
    this.depthMultiplier = positiveInteger('depthMultiplier', options.depthMultiplier ?? 1);
    this.#depthwiseSettings = new WeightSettings('depthwise', options, 'glorot_uniform');
  }

  /** `[window…, channels, depthMultiplier]`. Throws `NotBuiltError` before the layer is built. */
  get kernel(): Variable {
    return requireWeight(this, this.#kernel, 'kernel');
  }

  override build(inputShape: SymbolicShape): void {
    const channels = this.takeChannels(inputShape);
    const shape = [...this.kernelSize, channels, this.depthMultiplier];
    this.#kernel = this.addWeight({ name: 'kernel', shape, ...this.#depthwiseSettings });
    this.buildBias(channels * this.depthMultiplier);
  }

  override call(x: Tensor): Tensor {
    return this.finish(ops.depthwiseConv(x, this.kernel, this.window));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      depthMultiplier: this.depthMultiplier,
      ...this.#depthwiseSettings.getConfig(),
    };
  }
}

/** Depthwise convolution over time: `[batch, steps, channels]`. After `keras.layers.DepthwiseConv1D`. */
export class DepthwiseConv1D extends BaseDepthwiseConv {
  constructor(kernelSize: Extents, options: DepthwiseConvOptions = {}) {
    super(1, kernelSize, options);
  }
}

/** Depthwise convolution over images: `[batch, height, width, channels]`. After `keras.layers.DepthwiseConv2D`. */
export class DepthwiseConv2D extends BaseDepthwiseConv {
  constructor(kernelSize: Extents, options: DepthwiseConvOptions = {}) {
    super(2, kernelSize, options);
  }
}
