import { ops, type SymbolicShape, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import type { Extents } from '../arguments.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { positiveInteger, requireWeight } from '../core/weights.js';
import { WindowedLayer, type WindowOptions } from './base.js';

export interface ConvLayerOptions extends WindowOptions, WeightSettingsOptions<'kernel'> {
  /** Into how many groups channels are divided that are convolved apart. Default 1. */
  readonly groups?: number | undefined;
}

/** The convolutions: each output channel is a weighted sum over a window and its input channels. */
abstract class BaseConv extends WindowedLayer {
  static override readonly configArguments = ['filters', 'kernelSize'];

  readonly filters: number;
  readonly groups: number;
  readonly #kernelSettings: WeightSettings;
  #kernel: Variable | null = null;

  constructor(rank: number, filters: number, kernelSize: Extents, options: ConvLayerOptions) {
    super(rank, kernelSize, options, rank === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']);
    this.filters = positiveInteger('filters', filters);
    this.groups = positiveInteger('groups', options.groups ?? 1);
    if (filters % this.groups !== 0) {
      throw new ValueError(
        `filters must be a multiple of groups, got ${filters} filters and ${this.groups} groups.`,
      );
    }
    this.#kernelSettings = new WeightSettings('kernel', options, 'glorot_uniform');
  }

  /** `[window…, channels / groups, filters]`. Throws `NotBuiltError` before the layer is built. */
  get kernel(): Variable {
    return requireWeight(this, this.#kernel, 'kernel');
  }

  override build(inputShape: SymbolicShape): void {
    const channels = this.takeChannels(inputShape);
    if (channels % this.groups !== 0) {
      throw new ValueError(
        `Layer '${this.name}' has ${this.groups} groups, into which ${channels} input channels can't be divided.`,
      );
    }
    const shape = [...this.kernelSize, channels / this.groups, this.filters];
    this.#kernel = this.addWeight({ name: 'kernel', shape, ...this.#kernelSettings });
    this.buildBias(this.filters);
  }

  override call(x: Tensor): Tensor {
    return this.finish(ops.conv(x, this.kernel, this.window));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      filters: this.filters,
      groups: this.groups,
      ...this.#kernelSettings.getConfig(),
    };
  }
}

/** Convolution over time: `[batch, steps, channels]`. After `keras.layers.Conv1D`. */
export class Conv1D extends BaseConv {
  constructor(filters: number, kernelSize: Extents, options: ConvLayerOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}

/** Convolution over images: `[batch, height, width, channels]`. After `keras.layers.Conv2D`. */
export class Conv2D extends BaseConv {
  constructor(filters: number, kernelSize: Extents, options: ConvLayerOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}

/** Convolution over volumes: `[batch, depth, height, width, channels]`. After `keras.layers.Conv3D`. */
export class Conv3D extends BaseConv {
  constructor(filters: number, kernelSize: Extents, options: ConvLayerOptions = {}) {
    super(3, filters, kernelSize, options);
  }
}
