import type { Tensor } from './tensor.js';

const masks = new WeakMap<object, Tensor>();

/** The mask that a layer attached to its output: bool, true where the entries count. `undefined` where there is none. */
export function getMask(value: unknown): Tensor | undefined {
  return typeof value === 'object' && value !== null ? masks.get(value) : undefined;
}

/** Attaches a mask to a tensor; `undefined` takes it away. */
export function setMask(value: object, mask: Tensor | undefined): void {
  if (mask === undefined) masks.delete(value);
  else masks.set(value, mask);
}
