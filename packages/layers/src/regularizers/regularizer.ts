import type { Tensor } from '@ibex/tensor';
import { makeCallable } from '../callable.js';

/**
 * A penalty on a weight or an output, added to the loss. Instances are called: `regularizer(x)` gives a scalar;
 * subclasses write `call`. After `keras.regularizers.Regularizer`.
 */
export abstract class Regularizer {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: this is how instances come to be callable
    return makeCallable<Regularizer>(this, (self, [x]) => self.call(x as Tensor));
  }

  abstract call(x: Tensor): Tensor;

  abstract getConfig(): Record<string, unknown>;

  static fromConfig(config: Record<string, unknown>): Regularizer {
    return Reflect.construct(this, [config]) as Regularizer;
  }
}

export interface Regularizer {
  (x: Tensor): Tensor;
}
