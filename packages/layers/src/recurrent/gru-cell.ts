import { ops, type Tensor, type Variable } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import { type CellOptions, ProjectedCell } from './cell.js';

export interface GRUCellOptions extends CellOptions {
  /** Of the gates. Default `'sigmoid'`. */
  readonly recurrentActivation?: activations.ActivationLike;
  /** Whether the reset gate is applied after the recurrent product (and so to its bias too). Default true. */
  readonly resetAfter?: boolean | undefined;
}

/** One step of a GRU: gates z, r, h; state `h`. After `keras.layers.GRUCell`. */
export class GRUCell extends ProjectedCell {
  readonly recurrentActivation: activations.ActivationFunction;
  readonly resetAfter: boolean;
  readonly stateSize: number;
  #bias: Variable | null = null;

  constructor(units: number, options: GRUCellOptions = {}) {
    super(units, 3, options);
    const { recurrentActivation = 'sigmoid', resetAfter = true } = options;
    this.recurrentActivation = activations.get(recurrentActivation);
    this.resetAfter = resetAfter;
    this.stateSize = units;
  }

  /** `[2, 3 · units]`, of the input and of the recurrent product; `[3 · units]` unless `resetAfter`. */
  get bias(): Variable | null {
    return this.#bias;
  }

  /** Whether a whole sequence can be run by the fused primitive. */
  get isFusible(): boolean {
    const { activation, recurrentActivation, resetAfter } = this;
    return resetAfter && activation === activations.tanh && recurrentActivation === activations.sigmoid;
  }

  /** The bias of the recurrent product, `[3 · units]`; `null` where there is none. */
  recurrentBias(): Tensor | null {
    return this.#bias && this.resetAfter ? ops.index(this.#bias, 1) : null;
  }

  protected override buildBias(): void {
    const shape = this.resetAfter ? [2, 3 * this.units] : [3 * this.units];
    this.#bias = this.addWeight({ name: 'bias', shape, ...this.biasSettings });
  }

  override project(inputs: Tensor, training: boolean): Tensor {
    const product = this.projectKernel(inputs, training);
    if (!this.#bias) return product;
    return ops.add(product, this.resetAfter ? ops.index(this.#bias, 0) : this.#bias);
  }

  override advance(
    projected: Tensor,
    [h]: readonly [Tensor],
    training: boolean,
  ): { output: Tensor; states: Tensor[] } {
    const { units, recurrentActivation } = this;
    const kernel = this.recurrentKernel.value;
    const given = this.recurrentInput(h, training);
    const [xz, xr, xh] = ops.split(projected, 3, -1) as [Tensor, Tensor, Tensor];
    let candidate: Tensor;
    let update: Tensor;
    if (this.resetAfter) {
      const bias = this.recurrentBias();
      const product = ops.matmul(given, kernel);
      const [hz, hr, hh] = ops.split(bias ? product.add(bias) : product, 3, -1) as [Tensor, Tensor, Tensor];
      update = recurrentActivation(xz.add(hz));
      candidate = this.activation(xh.add(recurrentActivation(xr.add(hr)).mul(hh)));
    } else {
      const [gateKernel, candidateKernel] = ops.split(kernel, [2 * units], 1) as [Tensor, Tensor];
      const [hz, hr] = ops.split(ops.matmul(given, gateKernel), 2, -1) as [Tensor, Tensor];
      update = recurrentActivation(xz.add(hz));
      const reset = recurrentActivation(xr.add(hr)).mul(given);
      candidate = this.activation(xh.add(ops.matmul(reset, candidateKernel)));
    }
    const output = update.mul(h).add(ops.subtract(1, update).mul(candidate));
    return { output, states: [output] };
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      recurrentActivation: activations.serialize(this.recurrentActivation),
      resetAfter: this.resetAfter,
    };
  }
}
