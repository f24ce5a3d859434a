import { ops, type Tensor, type Variable } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import type { InitializerFunction } from '../initializers/index.js';
import { type CellOptions, ProjectedCell } from './cell.js';

export interface LSTMCellOptions extends CellOptions {
  /** Of the gates. Default `'sigmoid'`. */
  readonly recurrentActivation?: activations.ActivationLike;
  /** Whether the bias of the forget gate begins at 1. Default true. */
  readonly unitForgetBias?: boolean | undefined;
}

/** One step of an LSTM: gates i, f, c, o; states `[h, c]`. After `keras.layers.LSTMCell`. */
export class LSTMCell extends ProjectedCell {
  readonly recurrentActivation: activations.ActivationFunction;
  readonly unitForgetBias: boolean;
  readonly stateSize: readonly number[];
  #bias: Variable | null = null;

  constructor(units: number, options: LSTMCellOptions = {}) {
    super(units, 4, options);
    const { recurrentActivation = 'sigmoid', unitForgetBias = true } = options;
    this.recurrentActivation = activations.get(recurrentActivation);
    this.unitForgetBias = unitForgetBias;
    this.stateSize = [units, units];
  }

  /** `[4 · units]`, `null` without a bias. */
  get bias(): Variable | null {
    return this.#bias;
  }

  /** Whether a whole sequence can be run by the fused primitive. */
  get isFusible(): boolean {
    return this.activation === activations.tanh && this.recurrentActivation === activations.sigmoid;
  }

  protected override buildBias(): void {
    const { initializer } = this.biasSettings;
    const { units } = this;
    const withForgetBias: InitializerFunction = (_shape, { dtype }) =>
      ops.concatenate(
        [initializer([units], { dtype }), ops.ones([units], { dtype }), initializer([2 * units], { dtype })],
        0,
      );
    this.#bias = this.addWeight({
      name: 'bias',
      shape: [4 * units],
      ...this.biasSettings,
      initializer: this.unitForgetBias ? withForgetBias : initializer,
    });
  }

  override project(inputs: Tensor, training: boolean): Tensor {
    const product = this.projectKernel(inputs, training);
    return this.#bias ? ops.add(product, this.#bias) : product;
  }

  override advance(
    projected: Tensor,
    [h, c]: readonly [Tensor, Tensor],
    training: boolean,
  ): { output: Tensor; states: Tensor[] } {
    const recurrent = ops.matmul(this.recurrentInput(h, training), this.recurrentKernel);
    const [i, f, g, o] = ops.split(projected.add(recurrent), 4, -1) as [Tensor, Tensor, Tensor, Tensor];
    const kept = this.recurrentActivation(f).mul(c);
    const carry = kept.add(this.recurrentActivation(i).mul(this.activation(g)));
    const output = this.recurrentActivation(o).mul(this.activation(carry));
    return { output, states: [output, carry] };
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      recurrentActivation: activations.serialize(this.recurrentActivation),
      unitForgetBias: this.unitForgetBias,
    };
  }
}
