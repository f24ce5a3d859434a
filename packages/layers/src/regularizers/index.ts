import { type Tensor, ValueError } from '@ibex/tensor';
import { deserializeObject, isSerializedObject, type SerializedObject } from '@ibex/tensor/config';
import type { Regularizer } from './regularizer.js';
import { L1, L1L2, L2, OrthogonalRegularizer } from './regularizers.js';

export { Regularizer } from './regularizer.js';
export { L1, L1L2, L2, OrthogonalRegularizer, type OrthogonalRegularizerOptions } from './regularizers.js';

/** A scalar penalty of a tensor. */
export type RegularizerFunction = (x: Tensor) => Tensor;

/** A name (`'l2'`), a regularizer, a function, a saved configuration, or none. */
export type RegularizerLike = string | RegularizerFunction | SerializedObject | null | undefined;

const CLASSES = { L1, L1L2, L2, OrthogonalRegularizer };

export { CLASSES as regularizerClasses };

const NAMES: Readonly<Record<string, () => Regularizer>> = {
  l1: () => new L1(),
  l2: () => new L2(),
  l1_l2: () => new L1L2({ l1: 0.01, l2: 0.01 }),
  orthogonal_regularizer: () => new OrthogonalRegularizer(),
  L1: () => new L1(),
  L2: () => new L2(),
  L1L2: () => new L1L2(),
  OrthogonalRegularizer: () => new OrthogonalRegularizer(),
};

/**
 * The regularizer that an identifier stands for; `null` for none. After `keras.regularizers.get`.
 * @throws ValueError for an unknown name.
 */
export function get(identifier: RegularizerLike): RegularizerFunction | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === 'string') {
    const make = NAMES[identifier];
    if (!make) throw new ValueError(`Unknown regularizer '${identifier}'.`);
    return make();
  }
  if (typeof identifier === 'function') return identifier;
  if (isSerializedObject(identifier))
    return deserializeObject(identifier, { module: 'keras.regularizers' }) as Regularizer;
  throw new ValueError(
    `A regularizer is given by a name, a Regularizer or a function, got ${String(identifier)}.`,
  );
}
