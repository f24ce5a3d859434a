import type { Trainable } from '../training/trainable.js';
import { Callback, type CallbackParams, type HookName, type Logs } from './callback.js';

type HookArguments<N extends HookName> = Parameters<Callback[N]>;

/** Calls the same hook of several callbacks, one after another. */
export class CallbackList {
  readonly #callbacks: readonly Callback[];

  constructor(callbacks: readonly Callback[], model: Trainable, params: CallbackParams) {
    this.#callbacks = callbacks;
    for (const callback of callbacks) {
      callback.setParams(params);
      callback.setModel(model);
    }
  }

  /** Whether a callback overrides the hook, so that what it is told is worth gathering. */
  listensTo(hook: HookName): boolean {
    return this.#callbacks.some((callback) => callback[hook] !== Callback.prototype[hook]);
  }

  async call<N extends HookName>(hook: N, ...args: HookArguments<N>): Promise<void> {
    for (const callback of this.#callbacks) {
      await (callback[hook] as (...args: HookArguments<N>) => void | Promise<void>).apply(callback, args);
    }
  }

  /** The callback of a class, where there is one. */
  find<C extends Callback>(type: new (...args: never[]) => C): C | undefined {
    return this.#callbacks.find((callback): callback is C => callback instanceof type);
  }
}

/** Logs in alphabetical order of their names, as Keras gives and prints them. */
export function sortLogs(logs: Logs): Logs {
  return Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
