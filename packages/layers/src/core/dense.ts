import { ops, type SymbolicShape, type Tensor, type Variable } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import { InputSpec } from './input-spec.js';
import { Layer } from './layer.js';
import type { LayerOptions } from './layer-options.js';
import { WeightSettings, type WeightSettingsOptions } from './weight-settings.js';
import { knownExtent, positiveInteger, requireWeight } from './weights.js';

/** Options of layers with a kernel, a bias and an activation. */
export interface KernelOptions
  extends LayerOptions,
    WeightSettingsOptions<'kernel'>,
    WeightSettingsOptions<'bias'> {
  /** Default: none. */
  readonly activation?: activations.ActivationLike;
  /** Default true. */
  readonly useBias?: boolean | undefined;
}

/** `activation(x · kernel + bias)` over the last axis. After `keras.layers.Dense`. */
export class Dense extends Layer {
  static override readonly configArguments = ['units'];

  readonly units: number;
  readonly activation: activations.ActivationFunction;
  readonly useBias: boolean;
  readonly #kernelSettings: WeightSettings;
  readonly #biasSettings: WeightSettings;
  #kernel: Variable | null = null;
  #bias: Variable | null = null;

  constructor(units: number, options: KernelOptions = {}) {
    super(options);
    this.units = positiveInteger('units', units);
    this.activation = activations.get(options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernelSettings = new WeightSettings('kernel', options, 'glorot_uniform');
    this.#biasSettings = new WeightSettings('bias', options, 'zeros');
    this.inputSpec = new InputSpec({ minNdim: 2 });
    this.supportsMasking = true;
  }

  /** `[inputs, units]`. Throws `NotBuiltError` before the layer is built. */
  get kernel(): Variable {
    return requireWeight(this, this.#kernel, 'kernel');
  }

  /** `[units]`, `null` without a bias. */
  get bias(): Variable | null {
    return this.#bias;
  }

  override build(inputShape: SymbolicShape): void {
    const inputs = knownExtent(this, inputShape, -1);
    this.#kernel = this.addWeight({ name: 'kernel', shape: [inputs, this.units], ...this.#kernelSettings });
    if (this.useBias)
      this.#bias = this.addWeight({ name: 'bias', shape: [this.units], ...this.#biasSettings });
    this.inputSpec = new InputSpec({ minNdim: 2, axes: { [-1]: inputs } });
  }

  override call(x: Tensor): Tensor {
    const product = ops.matmul(x, this.kernel);
    return this.activation(this.#bias ? ops.add(product, this.#bias) : product);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape.slice(0, -1), this.units];
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      units: this.units,
      activation: activations.serialize(this.activation),
      useBias: this.useBias,
      ...this.#kernelSettings.getConfig(),
      ...this.#biasSettings.getConfig(),
      quantizationConfig: null,
    };
  }
}
