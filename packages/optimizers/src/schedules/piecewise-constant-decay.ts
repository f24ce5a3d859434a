import { floatx, ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { LearningRateSchedule } from './schedule.js';

/** `values[0]` up to and with step `boundaries[0]`, then `values[1]`, and so on. */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  static override readonly configArguments = ['boundaries', 'values'];
  readonly name: string;

  /** Throws `ValueError` unless there is one value more than there are boundaries. */
  constructor(
    readonly boundaries: readonly number[],
    readonly values: readonly number[],
    { name = 'PiecewiseConstant' }: { name?: string } = {},
  ) {
    super();
    this.name = name;
    if (boundaries.length !== values.length - 1) {
      throw new ValueError(
        `PiecewiseConstantDecay needs one value more than boundaries, got ${boundaries.length} boundaries and ${values.length} values.`,
      );
    }
  }

  override at(step: TensorLike): Tensor {
    const at = ops.convertToTensor(step);
    let rate = ops.full([], this.values[0]!, { dtype: floatx() });
    this.boundaries.forEach((boundary, i) => {
      rate = ops.where(at.greater(boundary), ops.cast(this.values[i + 1]!, floatx()), rate);
    });
    return rate;
  }

  override getConfig(): Record<string, unknown> {
    return { boundaries: [...this.boundaries], values: [...this.values], name: this.name };
  }
}
