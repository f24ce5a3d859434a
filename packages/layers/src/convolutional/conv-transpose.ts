import { ops, type SymbolicShape, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import { type Extents, extentsOf } from '../arguments.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { positiveInteger, requireWeight } from '../core/weights.js';
import { WindowedLayer, type WindowOptions } from './base.js';

export interface ConvTransposeLayerOptions extends WindowOptions, WeightSettingsOptions<'kernel'> {
  /** How many rows are added at the end of each axis, less than its stride. Default: as the padding has it. */
  readonly outputPadding?: Extents | null | undefined;
}

/** The transposes of convolutions, which enlarge their input by the strides. */
abstract class BaseConvTranspose extends WindowedLayer {
  static override readonly configArguments = ['filters', 'kernelSize'];

  readonly filters: number;
  readonly outputPadding: readonly number[] | null;
  readonly #kernelSettings: WeightSettings;
  #kernel: Variable | null = null;

  constructor(rank: number, filters: number, kernelSize: Extents, options: ConvTransposeLayerOptions) {
    super(rank, kernelSize, options, ['valid', 'same']);
    this.filters = positiveInteger('filters', filters);
    const { outputPadding } = options;
    this.outputPadding =
      outputPadding === null || outputPadding === undefined
        ? null
        : extentsOf('outputPadding', outputPadding, rank, 0);
    if (this.outputPadding?.some((extra, i) => extra >= (this.strides[i] ?? 1))) {
      throw new ValueError(
        `outputPadding must be less than strides, got ${JSON.stringify(this.outputPadding)} and ${JSON.stringify(this.strides)}.`,
      );
    }
    this.#kernelSettings = new WeightSettings('kernel', options, 'glorot_uniform');
  }

  /** `[window…, filters, channels]`. Throws `NotBuiltError` before the layer is built. */
  get kernel(): Variable {
    return requireWeight(this, this.#kernel, 'kernel');
  }

  override build(inputShape: SymbolicShape): void {
    const channels = this.takeChannels(inputShape);
    const shape = [...this.kernelSize, this.filters, channels];
    this.#kernel = this.addWeight({ name: 'kernel', shape, ...this.#kernelSettings });
    this.buildBias(this.filters);
  }

  override call(x: Tensor): Tensor {
    return this.finish(
      ops.convTranspose(x, this.kernel, { ...this.window, outputPadding: this.outputPadding }),
    );
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      filters: this.filters,
      outputPadding: this.outputPadding,
      ...this.#kernelSettings.getConfig(),
    };
  }
}

/** The transpose of `Conv1D`: `[batch, steps, channels]`. After `keras.layers.Conv1DTranspose`. */
export class Conv1DTranspose extends BaseConvTranspose {
  constructor(filters: number, kernelSize: Extents, options: ConvTransposeLayerOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}

/** The transpose of `Conv2D`: `[batch, height, width, channels]`. After `keras.layers.Conv2DTranspose`. */
export class Conv2DTranspose extends BaseConvTranspose {
  constructor(filters: number, kernelSize: Extents, options: ConvTransposeLayerOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}

/** The transpose of `Conv3D`: `[batch, depth, height, width, channels]`. After `keras.layers.Conv3DTranspose`. */
export class Conv3DTranspose extends BaseConvTranspose {
  constructor(filters: number, kernelSize: Extents, options: ConvTransposeLayerOptions = {}) {
    super(3, filters, kernelSize, options);
  }
}
