import type { DTypePolicy } from '@ibex/tensor';
import type { ConstraintLike } from '../constraints/index.js';
import type { InitializerLike } from '../initializers/index.js';
import type { RegularizerLike } from '../regularizers/index.js';

export interface LayerOptions {
  /** Default: after the class, `dense`, `dense_1`, … */
  readonly name?: string | null | undefined;
  readonly trainable?: boolean | undefined;
  /** Of weights and computation: a dtype, a policy or its name, `'mixed_bfloat16'`. Default: the policy that is set. */
  readonly dtype?: string | DTypePolicy | null | undefined;
  /** Whether inputs that are floats are cast to the layer's dtype. Default true. */
  readonly autocast?: boolean | undefined;
  /** A penalty on the output, added to the model's loss. */
  readonly activityRegularizer?: RegularizerLike | undefined;
}

export interface WeightOptions {
  /** Default: a scalar. */
  readonly shape?: readonly (number | null)[] | undefined;
  /** Default: `'glorot_uniform'` for floats, `'zeros'` for others. */
  readonly initializer?: InitializerLike | undefined;
  readonly name?: string | undefined;
  readonly dtype?: string | undefined;
  readonly trainable?: boolean | undefined;
  /** Whether the weight is cast to the layer's dtype of computation where `call` reads it. Default true. */
  readonly autocast?: boolean | undefined;
  readonly regularizer?: RegularizerLike | undefined;
  readonly constraint?: ConstraintLike | undefined;
}
