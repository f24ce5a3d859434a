import {
  epsilon,
  formatShape,
  isTensorLike,
  type NestedArray,
  NotBuiltError,
  ops,
  ShapeError,
  type SymbolicShape,
  Tensor,
  type TensorLike,
  toTensor,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { knownExtent } from '../core/weights.js';

export interface NormalizationOptions extends LayerOptions {
  /** The axes that have a mean and a variance of their own; `null`: one for all. Default -1. */
  readonly axis?: number | readonly number[] | null | undefined;
  /** The statistics, in place of `adapt`; both or none. */
  readonly mean?: NestedArray | null | undefined;
  readonly variance?: NestedArray | null | undefined;
  /** Whether it undoes the normalisation instead. Default false. */
  readonly invert?: boolean | undefined;
}

/** Brings features to mean 0 and variance 1 by statistics of the data, which `adapt` takes. After `keras.layers.Normalization`. */
export class Normalization extends Layer {
  readonly axis: readonly number[];
  readonly invert: boolean;
  readonly #given: { readonly mean: NestedArray; readonly variance: NestedArray } | null;
  /** The axes that statistics are kept for, and those they are taken over. */
  #kept: readonly number[] = [];
  #reduced: readonly number[] = [];
  #rank = 0;
  adaptMean: Variable | null = null;
  adaptVariance: Variable | null = null;
  count: Variable | null = null;

  /** Throws `ValueError` when only one of mean and variance is given. */
  constructor(options: NormalizationOptions = {}) {
    super(options);
    const { axis = -1, mean = null, variance = null, invert = false } = options;
    this.axis = axis === null ? [] : typeof axis === 'number' ? [axis] : [...axis];
    this.invert = invert;
    if ((mean === null) !== (variance === null)) {
      throw new ValueError('Normalization takes mean and variance both, or neither.');
    }
    this.#given = mean === null || variance === null ? null : { mean, variance };
    this.supportsMasking = true;
  }

  override build(inputShape: SymbolicShape): void {
    const rank = inputShape.length;
    this.#rank = rank;
    this.#kept = this.axis.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
    if (this.#kept.some((axis) => axis < 0 || axis >= rank)) {
      throw new ShapeError(
        `Layer '${this.name}' has axis ${formatShape(this.axis)}, out of range for shape ${formatShape(inputShape)}.`,
      );
    }
    this.#reduced = inputShape.map((_, i) => i).filter((i) => !this.#kept.includes(i));
    const shape = this.#kept.map((axis) => knownExtent(this, inputShape, axis));
    if (this.#given) return;
    const common = { shape, trainable: false };
    this.adaptMean = this.addWeight({ name: 'mean', ...common, initializer: 'zeros' });
    this.adaptVariance = this.addWeight({ name: 'variance', ...common, initializer: 'ones' });
    this.count = this.addWeight({ name: 'count', dtype: 'int32', trainable: false, initializer: 'zeros' });
  }

  /**
   * Takes the mean and the variance of data: of a tensor (or what can be taken for one), or of batches.
   * Throws `ValueError` for no data, and when the statistics were given.
   */
  adapt(data: TensorLike | Iterable<TensorLike>): void {
    if (this.#given)
      throw new ValueError(`Layer '${this.name}' was given its statistics: there is nothing to adapt.`);
    const batches = isOneTensor(data) ? [data] : data;
    let total: { mean: Tensor; variance: Tensor; count: number } | null = null;
    for (const batch of batches) {
      const x = toTensor(batch, this.computeDtype);
      if (!this.built) this.build([null, ...x.shape.slice(1)]);
      const count = this.#reduced.reduce((size, axis) => size * (x.shape[axis] ?? 1), 1);
      const [mean, variance] = [ops.mean(x, this.#reduced), ops.var(x, this.#reduced)];
      if (total === null) {
        total = { mean, variance, count };
        continue;
      }
      // The statistics of both parts together: variances about the common mean, by their shares.
      const share: number = count / (total.count + count);
      const common: Tensor = total.mean.mul(1 - share).add(mean.mul(share));
      const about = (part: Tensor, own: Tensor): Tensor => own.add(ops.square(part.sub(common)));
      const spread: Tensor = about(total.mean, total.variance)
        .mul(1 - share)
        .add(about(mean, variance).mul(share));
      total = { mean: common, variance: spread, count: total.count + count };
    }
    if (total === null) throw new ValueError(`Layer '${this.name}' can't adapt to no data.`);
    this.adaptMean?.assign(total.mean);
    this.adaptVariance?.assign(total.variance);
  }

  /** The mean, shaped so that it broadcasts to the input. Throws `NotBuiltError` before the layer is built. */
  get mean(): Tensor {
    return this.#spread(this.#given?.mean ?? this.adaptMean);
  }

  /** Like {@link mean}. */
  get variance(): Tensor {
    return this.#spread(this.#given?.variance ?? this.adaptVariance);
  }

  #spread(statistic: TensorLike | null): Tensor {
    if (statistic === null) {
      throw new NotBuiltError(
        `Layer '${this.name}' has no statistics yet: call adapt(data), or give mean and variance.`,
      );
    }
    const value = ops.cast(statistic, this.computeDtype);
    if (value.rank === 0) return value;
    const shape = new Array<number>(this.#rank).fill(1);
    value.shape.forEach((extent, i) => {
      shape[this.#kept.at(i - value.rank)!] = extent;
    });
    return ops.reshape(value, shape);
  }

  override call(x: Tensor): Tensor {
    const given = ops.cast(x, this.computeDtype);
    const deviation = ops.maximum(ops.sqrt(this.variance), epsilon());
    return this.invert ? this.mean.add(given.mul(deviation)) : given.sub(this.mean).div(deviation);
  }

  override getConfig(): Record<string, unknown> {
    const { mean = null, variance = null } = this.#given ?? {};
    return { ...super.getConfig(), axis: this.axis, invert: this.invert, mean, variance };
  }
}

/** Whether data is a tensor's values, and not a list (or stream) of batches. */
function isOneTensor(data: TensorLike | Iterable<TensorLike>): data is TensorLike {
  if (!Array.isArray(data)) return isTensorLike(data);
  return data.length > 0 && !data.some((entry) => entry instanceof Tensor || ArrayBuffer.isView(entry));
}
