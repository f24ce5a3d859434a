import { ops, type SymbolicShape, type Tensor, type Variable } from '@ibex/tensor';
import type { Extents } from '../arguments.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { positiveInteger, requireWeight } from '../core/weights.js';
import { WindowedLayer, type WindowOptions } from './base.js';

export interface SeparableConvOptions
  extends WindowOptions,
    WeightSettingsOptions<'depthwise'>,
    WeightSettingsOptions<'pointwise'> {
  /** How many channels each input channel gives before they are mixed. Default 1. */
  readonly depthMultiplier?: number | undefined;
}

/** Convolutions of each channel on its own, then of size 1 across the channels. */
abstract class BaseSeparableConv extends WindowedLayer {
  static override readonly configArguments = ['filters', 'kernelSize'];

  readonly filters: number;
  readonly depthMultiplier: number;
  readonly #depthwiseSettings: WeightSettings;
  readonly #pointwiseSettings: WeightSettings;
  #depthwiseKernel: Variable | null = null;
  #pointwiseKernel: Variable | null = null;

  constructor(rank: number, filters: number, kernelSize: Extents, options: SeparableConvOptions) {
    super(rank, kernelSize, options, ['valid', 'same']);
    this.filters = positiveInteger('filters', filters);
    this.depthMultiplier = positiveInteger('depthMultiplier', options.depthMultiplier ?? 1);
    this.#depthwiseSettings = new WeightSettings('depthwise', options, 'glorot_uniform');
    this.#pointwiseSettings = new WeightSettings('pointwise', options, 'glorot_uniform');
  }

  /** `[window…, channels, depthMultiplier]`. Throws `NotBuiltError` before the layer is built. */
  get depthwiseKernel(): Variable {
    return requireWeight(this, this.#depthwiseKernel, 'depthwiseKernel');
  }

  /** `[1…, channels · depthMultiplier, filters]`. Throws `NotBuiltError` before the layer is built. */
  get pointwiseKernel(): Variable {
    return requireWeight(this, this.#pointwiseKernel, 'pointwiseKernel');
  }

  override build(inputShape: SymbolicShape): void {
    const channels = this.takeChannels(inputShape);
    this.#depthwiseKernel = this.addWeight({
      name: 'depthwise_kernel',
      shape: [...this.kernelSize, channels, this.depthMultiplier],
      ...this.#depthwiseSettings,
    });
    this.#pointwiseKernel = this.addWeight({
      name: 'pointwise_kernel',
      shape: [...this.kernelSize.map(() => 1), channels * this.depthMultiplier, this.filters],
      ...this.#pointwiseSettings,
    });
    this.buildBias(this.filters);
  }

  override call(x: Tensor): Tensor {
    return this.finish(ops.separableConv(x, this.depthwiseKernel, this.pointwiseKernel, this.window));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      filters: this.filters,
      depthMultiplier: this.depthMultiplier,
      ...this.#depthwiseSettings.getConfig(),
      ...this.#pointwiseSettings.getConfig(),
    };
  }
}

/** Separable convolution over time: `[batch, steps, channels]`. After `keras.layers.SeparableConv1D`. */
export class SeparableConv1D extends BaseSeparableConv {
  constructor(filters: number, kernelSize: Extents, options: SeparableConvOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}

/** Separable convolution over images: `[batch, height, width, channels]`. After `keras.layers.SeparableConv2D`. */
export class SeparableConv2D extends BaseSeparableConv {
  constructor(filters: number, kernelSize: Extents, options: SeparableConvOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}
