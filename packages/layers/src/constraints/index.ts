import { type Tensor, ValueError } from '@ibex/tensor';
import { deserializeObject, isSerializedObject, type SerializedObject } from '@ibex/tensor/config';
import type { Constraint } from './constraint.js';
import { MaxNorm, MinMaxNorm, NonNeg, UnitNorm } from './constraints.js';

export { Constraint } from './constraint.js';
export {
  MaxNorm,
  MinMaxNorm,
  type MinMaxNormOptions,
  NonNeg,
  type NormAxis,
  UnitNorm,
} from './constraints.js';

/** The value that a weight is to have instead. */
export type ConstraintFunction = (weight: Tensor) => Tensor;

/** A name (`'non_neg'`), a constraint, a function, a saved configuration, or none. */
export type ConstraintLike = string | ConstraintFunction | SerializedObject | null | undefined;

const CLASSES = { MaxNorm, MinMaxNorm, NonNeg, UnitNorm };

export { CLASSES as constraintClasses };

const NAMES: Readonly<Record<string, new () => Constraint>> = {
  ...CLASSES,
  max_norm: MaxNorm,
  min_max_norm: MinMaxNorm,
  non_neg: NonNeg,
  unit_norm: UnitNorm,
};

/**
 * The constraint that an identifier stands for; `null` for none. After `keras.constraints.get`.
 * @throws ValueError for an unknown name.
 */
export function get(identifier: ConstraintLike): ConstraintFunction | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === 'string') {
    const type = NAMES[identifier];
    if (!type) throw new ValueError(`Unknown constraint '${identifier}'.`);
    return new type();
  }
  if (typeof identifier === 'function') return identifier;
  if (isSerializedObject(identifier))
    return deserializeObject(identifier, { module: 'keras.constraints' }) as Constraint;
  throw new ValueError(
    `A constraint is given by a name, a Constraint or a function, got ${String(identifier)}.`,
  );
}
