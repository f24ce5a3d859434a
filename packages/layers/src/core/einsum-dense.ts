import { ops, ShapeError, type SymbolicShape, type Tensor, type Variable } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import { listOf } from '../arguments.js';
import { VarianceScaling } from '../initializers/index.js';
import type { KernelOptions } from './dense.js';
import { analyzeEquation } from './einsum-equation.js';
import { InputSpec } from './input-spec.js';
import { Layer } from './layer.js';
import { WeightSettings } from './weight-settings.js';
import { requireWeight } from './weights.js';

export interface EinsumDenseOptions extends Omit<KernelOptions, 'useBias'> {
  /** The output axes, by their letters, that the bias has. Default: no bias. */
  readonly biasAxes?: string | null | undefined;
}

/**
 * `activation(einsum(equation, x, kernel) + bias)`: a product along any axes, `'abc,cd->abd'` or, with leading or trailing
 * axes left out, `'...x,xy->...y'`. After `keras.layers.EinsumDense`.
 */
export class EinsumDense extends Layer {
  static override readonly configArguments = ['equation', 'outputShape'];

  readonly equation: string;
  /** Without the batch; `null` for extents of the input. */
  readonly outputShape: SymbolicShape;
  readonly activation: activations.ActivationFunction;
  readonly biasAxes: string | null;
  readonly #kernelSettings: WeightSettings;
  readonly #biasSettings: WeightSettings;
  #kernel: Variable | null = null;
  #bias: Variable | null = null;

  constructor(equation: string, outputShape: number | SymbolicShape, options: EinsumDenseOptions = {}) {
    super(options);
    this.equation = equation;
    this.outputShape = typeof outputShape === 'number' ? [outputShape] : listOf('outputShape', outputShape);
    this.activation = activations.get(options.activation);
    this.biasAxes = options.biasAxes ?? null;
    this.#kernelSettings = new WeightSettings('kernel', options, 'glorot_uniform');
    this.#biasSettings = new WeightSettings('bias', options, 'zeros');
  }

  /** Of the shape that the equation says. Throws `NotBuiltError` before the layer is built. */
  get kernel(): Variable {
    return requireWeight(this, this.#kernel, 'kernel');
  }

  get bias(): Variable | null {
    return this.#bias;
  }

  override build(inputShape: SymbolicShape): void {
    const shapes = analyzeEquation(this.equation, this.biasAxes, inputShape, this.outputShape);
    this.inputSpec = new InputSpec({ ndim: inputShape.length });
    let { initializer } = this.#kernelSettings;
    if (
      initializer instanceof VarianceScaling &&
      (initializer.inputAxes === null || initializer.outputAxes === null)
    ) {
      const { inputAxes, outputAxes } = shapes;
      const type = initializer.constructor as typeof VarianceScaling;
      initializer = type.fromConfig({ ...initializer.getConfig(), inputAxes, outputAxes });
    }
    this.#kernel = this.addWeight({
      name: 'kernel',
      shape: shapes.kernel,
      ...this.#kernelSettings,
      initializer,
    });
    if (shapes.bias) this.#bias = this.addWeight({ name: 'bias', shape: shapes.bias, ...this.#biasSettings });
  }

  override call(x: Tensor): Tensor {
    const product = ops.einsum(this.equation, x, this.kernel);
    return this.activation(this.#bias ? ops.add(product, this.#bias) : product);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    if (inputShape.length === 0) throw new ShapeError(`Layer '${this.name}' takes a batch, got a scalar.`);
    return analyzeEquation(this.equation, this.biasAxes, inputShape, this.outputShape).output;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      outputShape: this.outputShape,
      equation: this.equation,
      activation: activations.serialize(this.activation),
      biasAxes: this.biasAxes,
      ...this.#kernelSettings.getConfig(),
      ...this.#biasSettings.getConfig(),
      activityRegularizer: this.activityRegularizer,
      quantizationConfig: null,
    };
  }
}
