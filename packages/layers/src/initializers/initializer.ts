import type { DType, Tensor } from '@ibex/tensor';
import { makeCallable } from '../callable.js';

export interface InitializeOptions {
  readonly dtype?: DType | undefined;
}

/**
 * Makes the first values of a weight. Instances are called: `initializer([2, 3], { dtype: 'float32' })`; subclasses write
 * `call`. After `keras.initializers.Initializer`.
 */
export abstract class Initializer {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: this is how instances come to be callable
    return makeCallable<Initializer>(this, (self, [shape, options]) =>
      self.call(shape as readonly number[], (options as InitializeOptions | undefined) ?? {}),
    );
  }

  /** Values of `shape`, in `dtype` or floatx. */
  abstract call(shape: readonly number[], options: InitializeOptions): Tensor;

  /** What the constructor takes to make another like it. */
  getConfig(): Record<string, unknown> {
    return {};
  }

  static fromConfig(config: Record<string, unknown>): Initializer {
    return Reflect.construct(this, [config]) as Initializer;
  }

  /** Another initializer of the same configuration. */
  clone(): Initializer {
    return (this.constructor as typeof Initializer).fromConfig(this.getConfig());
  }
}

export interface Initializer {
  (shape: readonly number[], options?: InitializeOptions): Tensor;
}
