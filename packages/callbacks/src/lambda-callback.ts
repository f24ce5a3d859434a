import { Callback, type HookName } from '@ibex/models';
import { ValueError } from '@ibex/tensor';

/** Functions for some of the hooks. */
export type Hooks = { readonly [N in HookName]?: Callback[N] };

/** A callback of plain functions. After `keras.callbacks.LambdaCallback`. */
export class LambdaCallback extends Callback {
  /** Throws `ValueError` for names that are no hooks. */
  constructor(hooks: Hooks) {
    super();
    const names = Object.getOwnPropertyNames(Callback.prototype).filter((name) => /^on[A-Z]/.test(name));
    const unknown = Object.keys(hooks).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new ValueError(
        `LambdaCallback: there is no hook '${unknown}'. The hooks are ${names.join(', ')}.`,
      );
    Object.assign(this, hooks);
  }
}
