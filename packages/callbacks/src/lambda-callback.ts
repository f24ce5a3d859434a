import { Callback, type HookName } from '@ibex/models';

/** Functions for some of the hooks. */
export type Hooks = { readonly [N in HookName]?: Callback[N] };

/** A callback of plain functions. After `keras.callbacks.LambdaCallback`. */
export class LambdaCallback extends Callback {
  constructor(hooks: Hooks) {
    super();
    Object.assign(this, hooks);
  }
}
