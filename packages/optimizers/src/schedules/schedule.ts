import type { Tensor, TensorLike } from '@ibex/tensor';

/** A learning rate that depends on the step. After `keras.optimizers.schedules.LearningRateSchedule`. */
export abstract class LearningRateSchedule {
  /** The names of the constructor's arguments before the options. */
  static readonly configArguments: readonly string[] = [];

  /** A schedule of a configuration: the constructor's arguments by name. */
  static fromConfig(config: Record<string, unknown>): LearningRateSchedule {
    const options = { ...config };
    const args = this.configArguments.map((argument) => {
      const value = options[argument];
      delete options[argument];
      return value;
    });
    return Reflect.construct(this, [...args, options]) as LearningRateSchedule;
  }

  /** @param step - an integer scalar; returns a float scalar. Written in tensor operations, so that it can be traced. */
  abstract at(step: TensorLike): Tensor;

  abstract getConfig(): Record<string, unknown>;
}
