import {
  type DType,
  DTypePolicy,
  floatx,
  getMask,
  nameScope,
  ops,
  type Tensor,
  type TensorLike,
} from '@ibex/tensor';
import { checkReduction, matchRanks, type Reduction, reduceWeighted } from './reduction.js';

export interface LossOptions {
  /** Default `'sum_over_batch_size'`: the mean over all values. */
  reduction?: Reduction | null;
  name?: string;
  /** What losses are computed in: a dtype or policy name. Default `floatx()`. */
  dtype?: string | null;
}

/**
 * A loss with a reduction. Subclasses write `call`, which gives one value per sample, in tensor operations; then
 * `loss.apply(yTrue, yPred, sampleWeight)` weighs and reduces. After `keras.losses.Loss`.
 */
export abstract class Loss {
  readonly name: string;
  readonly reduction: Reduction;
  readonly dtype: DType;
  readonly #dtypeGiven: string | null;

  constructor(
    defaultName: string,
    { reduction = 'sum_over_batch_size', name = defaultName, dtype = null }: LossOptions = {},
  ) {
    this.name = name;
    this.reduction = checkReduction(reduction);
    this.#dtypeGiven = dtype;
    this.dtype = dtype === null ? floatx() : new DTypePolicy(dtype).computeDtype;
  }

  /** One value per sample, `[batch, …]`; `yTrue` and `yPred` come in this loss's dtype. */
  abstract call(yTrue: Tensor, yPred: Tensor): Tensor;

  /**
   * The weighted, reduced loss.
   * @param sampleWeight - broadcastable to what `call` gives; multiplies it
   * @returns a scalar, or what `call` gives when the reduction is `'none'`
   */
  apply(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): Tensor {
    return nameScope(this.name, () => {
      const predictionMask = getMask(yPred);
      const perSample = this.call(ops.cast(yTrue, this.dtype), ops.cast(yPred, this.dtype));
      const lossMask = getMask(perSample);
      const mask =
        predictionMask && lossMask ? predictionMask.logicalAnd(lossMask) : (predictionMask ?? lossMask);
      return reduceWeighted(perSample, { reduction: this.reduction, dtype: this.dtype, sampleWeight, mask });
    });
  }

  /** A loss of a configuration: the options by name. */
  static fromConfig(config: Record<string, unknown>): Loss {
    return Reflect.construct(this, [config]) as Loss;
  }

  getConfig(): Record<string, unknown> {
    const config: Record<string, unknown> = { name: this.name, reduction: this.reduction };
    if (this.#dtypeGiven !== null) config['dtype'] = this.#dtypeGiven;
    return config;
  }
}

/** A plain loss function: one value per sample from targets and predictions. */
export type LossFunction = (yTrue: TensorLike, yPred: TensorLike) => Tensor;

/** A {@link Loss} from a function. */
export class LossFunctionWrapper extends Loss {
  readonly fn: LossFunction;

  constructor(fn: LossFunction, options: LossOptions = {}) {
    super(fn.name || 'loss', options);
    this.fn = fn;
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(...matchRanks(yTrue, yPred));
  }
}
