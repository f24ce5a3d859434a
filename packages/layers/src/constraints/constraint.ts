import type { Tensor } from '@ibex/tensor';
import { makeCallable } from '../callable.js';

/**
 * What a weight is projected onto after each update. Instances are called: `constraint(weight)` gives the new value;
 * subclasses write `call`. After `keras.constraints.Constraint`.
 */
export abstract class Constraint {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: this is how instances come to be callable
    return makeCallable<Constraint>(this, (self, [weight]) => self.call(weight as Tensor));
  }

  abstract call(weight: Tensor): Tensor;

  getConfig(): Record<string, unknown> {
    return {};
  }

  static fromConfig(config: Record<string, unknown>): Constraint {
    return Reflect.construct(this, [config]) as Constraint;
  }
}

export interface Constraint {
  (weight: Tensor): Tensor;
}
