import {
  deserializeObject,
  registerKerasObjects,
  type SerializedObject,
  toSnakeCase,
  ValueError,
} from '@ibex/tensor';
import * as hinge from './hinge.js';
import * as hingeLosses from './hinge-losses.js';
import { Loss, type LossFunction } from './loss.js';
import * as probabilistic from './probabilistic.js';
import * as probabilisticLosses from './probabilistic-losses.js';
import * as regression from './regression.js';
import * as regressionLosses from './regression-losses.js';
import * as segmentation from './segmentation.js';
import * as segmentationLosses from './segmentation-losses.js';

/** A loss by Keras's name (`'mse'`, `'sparse_categorical_crossentropy'`, `'Huber'`), as a function, an object, or its configuration. */
export type LossIdentifier = string | LossFunction | Loss | SerializedObject;

const CLASSES: Readonly<Record<string, new () => Loss>> = {
  ...hingeLosses,
  ...probabilisticLosses,
  ...regressionLosses,
  ...segmentationLosses,
};
const {
  meanSquaredError: mse,
  meanAbsoluteError: mae,
  meanAbsolutePercentageError: mape,
  meanSquaredLogarithmicError: msle,
} = regression;
const { binaryCrossentropy: bce, klDivergence: kld } = probabilistic;

const FUNCTIONS = new Map<string, LossFunction>(
  Object.entries({ ...hinge, ...probabilistic, ...regression, ...segmentation }).map(([name, fn]) => [
    toSnakeCase(name),
    fn as LossFunction,
  ]),
);
for (const [name, fn] of Object.entries({ bce, kld, mae, mape, mse, msle })) {
  FUNCTIONS.set(name, fn);
  FUNCTIONS.set(name.toUpperCase(), fn);
}

registerKerasObjects('keras.losses', CLASSES);
registerKerasObjects('keras.losses', Object.fromEntries(FUNCTIONS));

/** The names of all losses. */
export function lossNames(): string[] {
  return [...FUNCTIONS.keys(), ...Object.keys(CLASSES)];
}

/** A loss from its identifier. Throws `ValueError` for an unknown name. */
export function getLoss(identifier: LossIdentifier): Loss | LossFunction {
  if (identifier instanceof Loss || typeof identifier === 'function') return identifier;
  if (typeof identifier === 'string') {
    const fn = FUNCTIONS.get(identifier);
    if (fn) return fn;
    const Class = CLASSES[identifier];
    if (Class) return new Class();
    throw new ValueError(`There is no loss '${identifier}'. The losses are ${lossNames().join(', ')}.`);
  }
  const made = deserializeObject(identifier);
  if (made instanceof Loss || typeof made === 'function') return made as Loss | LossFunction;
  throw new ValueError(`The configuration of '${identifier.class_name}' is not that of a loss.`);
}
