import { getLoss, Loss, lossNames } from '@ibex/losses';
import {
  deserializeObject,
  registerKerasObjects,
  type SerializedObject,
  toSnakeCase,
  ValueError,
} from '@ibex/tensor';
import * as accuracy from './accuracy.js';
import * as auc from './auc.js';
import * as confusion from './confusion.js';
import * as correlation from './correlation.js';
import * as fScore from './f-score.js';
import * as iou from './iou.js';
import { Metric } from './metric.js';
import * as operatingPoints from './operating-points.js';
import * as probabilistic from './probabilistic.js';
import { Mean, MeanMetricWrapper, type MetricFunction, Sum } from './reduction.js';
import * as regression from './regression.js';

/** A metric by Keras's name (`'mae'`, `'Accuracy'`), as a function, an object, or its configuration. */
export type MetricIdentifier = string | MetricFunction | Metric | SerializedObject;

type MetricClass = new () => Metric;

const exported: readonly (readonly [string, unknown])[] = Object.entries({
  ...accuracy,
  ...auc,
  ...confusion,
  ...correlation,
  ...fScore,
  ...iou,
  ...operatingPoints,
  ...probabilistic,
  ...regression,
  Mean,
  Sum,
});

function isMetricClass(value: unknown): value is MetricClass {
  return typeof value === 'function' && value.prototype instanceof Metric;
}

const CLASSES: Readonly<Record<string, MetricClass>> = Object.fromEntries(
  exported.flatMap(([name, value]) => (isMetricClass(value) ? [[name, value]] : [])),
);
/** Classes by the names that they give their values. */
const CLASSES_OF_VALUES = new Map(Object.entries(CLASSES).map(([name, Class]) => [toSnakeCase(name), Class]));
const FUNCTIONS = new Map<string, MetricFunction>(
  exported.flatMap(([name, value]) =>
    isMetricClass(value) ? [] : [[toSnakeCase(name), value as MetricFunction]],
  ),
);

registerKerasObjects('keras.metrics', { ...CLASSES, MeanMetricWrapper });
registerKerasObjects('keras.metrics', Object.fromEntries(FUNCTIONS));

/** A metric from its identifier; losses count as metrics too. Throws `ValueError` for an unknown name. */
export function getMetric(identifier: MetricIdentifier): Metric | MetricFunction {
  if (identifier instanceof Metric || typeof identifier === 'function') return identifier;
  if (typeof identifier === 'string') {
    const Class = CLASSES[identifier] ?? CLASSES_OF_VALUES.get(identifier);
    if (Class) return new Class();
    const fn = FUNCTIONS.get(identifier);
    if (fn) return fn;
    if (lossNames().includes(identifier)) {
      const loss = getLoss(identifier);
      if (!(loss instanceof Loss)) return loss;
    }
    throw new ValueError(
      `There is no metric '${identifier}'. The metrics are ${[...FUNCTIONS.keys(), ...Object.keys(CLASSES), ...lossNames()].join(', ')}.`,
    );
  }
  const made = deserializeObject(identifier);
  if (made instanceof Metric || typeof made === 'function') return made as Metric | MetricFunction;
  throw new ValueError(`The configuration of '${identifier.class_name}' is not that of a metric.`);
}
