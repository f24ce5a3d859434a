import { epsilon, ops, type Tensor } from '@ibex/tensor';
import { Constraint } from './constraint.js';

/** One axis or several, along which a unit's incoming weights lie. */
export type NormAxis = number | readonly number[];

const normsOf = (weight: Tensor, axis: NormAxis): Tensor =>
  ops.sqrt(ops.sum(ops.square(weight), axis, { keepdims: true }));

/** `weight` with its norms brought to `desired`. */
const rescale = (weight: Tensor, norms: Tensor, desired: Tensor): Tensor =>
  weight.mul(desired.div(norms.add(epsilon())));

/** Norms of at most `maxValue`. After `keras.constraints.MaxNorm`. */
export class MaxNorm extends Constraint {
  readonly maxValue: number;
  readonly axis: NormAxis;

  constructor({ maxValue = 2, axis = 0 }: { readonly maxValue?: number; readonly axis?: NormAxis } = {}) {
    super();
    this.maxValue = maxValue;
    this.axis = axis;
  }

  override call(weight: Tensor): Tensor {
    const norms = normsOf(weight, this.axis);
    return rescale(weight, norms, ops.minimum(norms, this.maxValue));
  }

  override getConfig(): Record<string, unknown> {
    return { maxValue: this.maxValue, axis: this.axis };
  }
}

/** No negative weights. After `keras.constraints.NonNeg`. */
export class NonNeg extends Constraint {
  override call(weight: Tensor): Tensor {
    return ops.maximum(weight, 0);
  }
}

/** Norms of 1. After `keras.constraints.UnitNorm`. */
export class UnitNorm extends Constraint {
  readonly axis: NormAxis;

  constructor({ axis = 0 }: { readonly axis?: NormAxis } = {}) {
    super();
    this.axis = axis;
  }

  override call(weight: Tensor): Tensor {
    return weight.div(normsOf(weight, this.axis).add(epsilon()));
  }

  override getConfig(): Record<string, unknown> {
    return { axis: this.axis };
  }
}

export interface MinMaxNormOptions {
  readonly minValue?: number;
  readonly maxValue?: number;
  /** How far norms are brought into the interval at each update: 1 is all the way. */
  readonly rate?: number;
  readonly axis?: NormAxis;
}

/** Norms within an interval. After `keras.constraints.MinMaxNorm`. */
export class MinMaxNorm extends Constraint {
  readonly minValue: number;
  readonly maxValue: number;
  readonly rate: number;
  readonly axis: NormAxis;

  constructor({ minValue = 0, maxValue = 1, rate = 1, axis = 0 }: MinMaxNormOptions = {}) {
    super();
    this.minValue = minValue;
    this.maxValue = maxValue;
    this.rate = rate;
    this.axis = axis;
  }

  override call(weight: Tensor): Tensor {
    const norms = normsOf(weight, this.axis);
    const within = ops.clip(norms, this.minValue, this.maxValue);
    return rescale(weight, norms, within.mul(this.rate).add(norms.mul(1 - this.rate)));
  }

  override getConfig(): Record<string, unknown> {
    return { minValue: this.minValue, maxValue: this.maxValue, rate: this.rate, axis: this.axis };
  }
}
