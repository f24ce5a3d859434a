import { deserializeObject, registerKerasObjects, type SerializedObject, ValueError } from '@ibex/tensor';
import { Adadelta } from './adadelta.js';
import { Adagrad } from './adagrad.js';
import { Adam, AdamW } from './adam.js';
import { Adamax } from './adamax.js';
import { Ftrl } from './ftrl.js';
import { Lamb } from './lamb.js';
import { Lion } from './lion.js';
import { LossScaleOptimizer } from './loss-scale-optimizer.js';
import { Nadam } from './nadam.js';
import { Optimizer } from './optimizer.js';
import { RMSprop } from './rmsprop.js';
import { SGD } from './sgd.js';

/** An optimizer by Keras's name in any case (`'adam'`, `'RMSprop'`), as an object, or its configuration. */
export type OptimizerIdentifier = string | Optimizer | SerializedObject;

const CLASSES = { Adadelta, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Nadam, RMSprop, SGD };
const byName = new Map<string, new () => Optimizer>(
  Object.entries(CLASSES).map(([name, Class]) => [name.toLowerCase(), Class]),
);

registerKerasObjects('keras.optimizers', { ...CLASSES, LossScaleOptimizer });

/** An optimizer from its identifier. Throws `ValueError` for an unknown name. */
export function getOptimizer(identifier: OptimizerIdentifier): Optimizer {
  if (identifier instanceof Optimizer) return identifier;
  if (typeof identifier === 'string') {
    const Class = byName.get(identifier.toLowerCase());
    if (!Class)
      throw new ValueError(
        `There is no optimizer '${identifier}'. The optimizers are ${[...byName.keys()].join(', ')}.`,
      );
    return new Class();
  }
  const made = deserializeObject(identifier);
  if (made instanceof Optimizer) return made;
  throw new ValueError(`The configuration of '${identifier.class_name}' is not that of an optimizer.`);
}
