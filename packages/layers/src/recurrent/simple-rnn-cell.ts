import { ops, type Tensor, type Variable } from '@ibex/tensor';
import { type CellOptions, ProjectedCell } from './cell.js';

export type SimpleRNNCellOptions = CellOptions;

/** `activation(x · kernel + h · recurrentKernel + bias)`, which is output and state. After `keras.layers.SimpleRNNCell`. */
export class SimpleRNNCell extends ProjectedCell {
  readonly stateSize: number;
  #bias: Variable | null = null;

  constructor(units: number, options: SimpleRNNCellOptions = {}) {
    super(units, 1, options);
    this.stateSize = units;
  }

  /** `[units]`, `null` without a bias. */
  get bias(): Variable | null {
    return this.#bias;
  }

  protected override buildBias(): void {
    this.#bias = this.addWeight({ name: 'bias', shape: [this.units], ...this.biasSettings });
  }

  override project(inputs: Tensor, training: boolean): Tensor {
    const product = this.projectKernel(inputs, training);
    return this.#bias ? ops.add(product, this.#bias) : product;
  }

  override advance(
    projected: Tensor,
    [h]: readonly [Tensor],
    training: boolean,
  ): { output: Tensor; states: Tensor[] } {
    const recurrent = ops.matmul(this.recurrentInput(h, training), this.recurrentKernel);
    const output = this.activation(projected.add(recurrent));
    return { output, states: [output] };
  }
}
