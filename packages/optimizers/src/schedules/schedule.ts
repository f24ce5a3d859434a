import type { Tensor, TensorLike } from '@ibex/tensor';

/** A learning rate that depends on the step. After `keras.optimizers.schedules.LearningRateSchedule`. */
export abstract class LearningRateSchedule {
  /** @param step - an integer scalar; returns a float scalar. Written in tensor operations, so that it can be traced. */
  abstract at(step: TensorLike): Tensor;

  abstract getConfig(): Record<string, unknown>;
}
