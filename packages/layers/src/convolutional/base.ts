import type { ImageDataFormat, SymbolicShape, Tensor, Variable } from '@ibex/tensor';
import { ValueError } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import { addChannelBias, dataFormatOf, type Extents, extentsOf, oneOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { knownExtent } from '../core/weights.js';

export type ConvPadding = 'valid' | 'same' | 'causal';

/** What all convolutions take. */
export interface WindowOptions extends LayerOptions, WeightSettingsOptions<'bias'> {
  /** Steps between windows. Default 1. */
  readonly strides?: Extents | undefined;
  /** `'valid'` (default): none; `'same'`: as many outputs as inputs (over strides); `'causal'`, of Conv1D: only before. */
  readonly padding?: ConvPadding | undefined;
  /** Where the channels are. Default: the format that is set, `'channels_last'`. */
  readonly dataFormat?: ImageDataFormat | null | undefined;
  /** Distances between the inputs of a window. Default 1. */
  readonly dilationRate?: Extents | undefined;
  /** Default: none. */
  readonly activation?: activations.ActivationLike;
  /** Default true. */
  readonly useBias?: boolean | undefined;
}

/** What convolutions have in common: windows, a bias for each channel, an activation. */
export abstract class WindowedLayer extends Layer {
  /** How many spatial axes there are. */
  readonly rank: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: ConvPadding;
  readonly dataFormat: ImageDataFormat;
  readonly dilationRate: readonly number[];
  readonly activation: activations.ActivationFunction;
  readonly useBias: boolean;
  readonly #biasSettings: WeightSettings;
  #bias: Variable | null = null;

  constructor(rank: number, kernelSize: Extents, options: WindowOptions, paddings: readonly ConvPadding[]) {
    super(options);
    this.rank = rank;
    this.kernelSize = extentsOf('kernelSize', kernelSize, rank);
    this.strides = extentsOf('strides', options.strides ?? 1, rank);
    this.dilationRate = extentsOf('dilationRate', options.dilationRate ?? 1, rank);
    this.padding = oneOf('padding', options.padding ?? 'valid', paddings);
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.activation = activations.get(options.activation);
    this.useBias = options.useBias ?? true;
    this.#biasSettings = new WeightSettings('bias', options, 'zeros');
    this.inputSpec = new InputSpec({ ndim: rank + 2 });
    if (this.strides.some((step) => step > 1) && this.dilationRate.some((step) => step > 1)) {
      throw new ValueError(
        `strides and dilationRate can't both exceed 1, got ${JSON.stringify(this.strides)} and ${JSON.stringify(this.dilationRate)}.`,
      );
    }
  }

  /** One for each output channel; `null` without a bias. */
  get bias(): Variable | null {
    return this.#bias;
  }

  /** The number of channels of an input's shape, which is checked from now on. */
  protected takeChannels(inputShape: SymbolicShape): number {
    const axis = this.dataFormat === 'channels_last' ? -1 : 1;
    const channels = knownExtent(this, inputShape, axis);
    this.inputSpec = new InputSpec({ ndim: this.rank + 2, axes: { [axis]: channels } });
    return channels;
  }

  protected buildBias(channels: number): void {
    if (this.useBias) this.#bias = this.addWeight({ name: 'bias', shape: [channels], ...this.#biasSettings });
  }

  /** Adds the bias and applies the activation. */
  protected finish(x: Tensor): Tensor {
    return this.activation(this.#bias ? addChannelBias(x, this.#bias, this.dataFormat) : x);
  }

  /** What the functions of `ops` are told of the windows. */
  protected get window(): {
    readonly strides: readonly number[];
    readonly padding: ConvPadding;
    readonly dataFormat: ImageDataFormat;
    readonly dilationRate: readonly number[];
  } {
    const { strides, padding, dataFormat, dilationRate } = this;
    return { strides, padding, dataFormat, dilationRate };
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      kernelSize: this.kernelSize,
      ...this.window,
      activation: activations.serialize(this.activation),
      useBias: this.useBias,
      ...this.#biasSettings.getConfig(),
      activityRegularizer: this.activityRegularizer,
    };
  }
}
