import { categoricalHinge, hinge, squaredHinge } from './hinge.js';
import { LossFunctionWrapper, type LossOptions } from './loss.js';

/** Mean distance below the margin. After `keras.losses.Hinge`; see {@link hinge}. */
export class Hinge extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(hinge, { name: 'hinge', ...options });
  }
}

/** Mean squared distance below the margin. After `keras.losses.SquaredHinge`; see {@link squaredHinge}. */
export class SquaredHinge extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(squaredHinge, { name: 'squared_hinge', ...options });
  }
}

/** Distance of the best wrong class from the margin. After `keras.losses.CategoricalHinge`; see {@link categoricalHinge}. */
export class CategoricalHinge extends LossFunctionWrapper {
  constructor(options: LossOptions = {}) {
    super(categoricalHinge, { name: 'categorical_hinge', ...options });
  }
}
