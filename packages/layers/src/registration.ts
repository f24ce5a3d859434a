// Makes the layers, and what their configurations name, known under the names that they have in Keras's files.
import { registerKerasObjects } from '@ibex/tensor/config';
import * as activation from './activation/index.js';
import { activationFunctions } from './activations/index.js';
import * as attention from './attention/index.js';
import { constraintClasses } from './constraints/index.js';
import * as convolutional from './convolutional/index.js';
import * as core from './core/index.js';
import { Layer } from './core/layer.js';
import { initializerClasses } from './initializers/index.js';
import * as merging from './merging/index.js';
import * as normalization from './normalization/index.js';
import * as pooling from './pooling/index.js';
import * as preprocessing from './preprocessing/index.js';
import * as recurrent from './recurrent/index.js';
import * as regularization from './regularization/index.js';
import { regularizerClasses } from './regularizers/index.js';
import * as reshaping from './reshaping/index.js';

function isLayerClass(value: unknown): value is typeof Layer {
  return typeof value === 'function' && value.prototype instanceof Layer;
}

const families = [
  activation,
  attention,
  convolutional,
  core,
  merging,
  normalization,
  pooling,
  preprocessing,
  recurrent,
  regularization,
  reshaping,
];

const { GroupedQueryAttention: _, ...byExportedName } = Object.fromEntries(
  families.flatMap((family) => Object.entries(family)),
);

/** A class under its own name first, which is the one that is written; then under its other names. */
const entries = Object.entries(byExportedName)
  .filter((entry): entry is [string, typeof Layer] => isLayerClass(entry[1]))
  .sort(([nameA, a], [nameB, b]) => Number(nameB === b.name) - Number(nameA === a.name));

/** The layer classes by the names that files give them. */
export const layerClasses: Readonly<Record<string, typeof Layer>> = Object.fromEntries(entries);

registerKerasObjects('keras.layers', layerClasses);
registerKerasObjects('keras.initializers', initializerClasses);
registerKerasObjects('keras.regularizers', regularizerClasses);
registerKerasObjects('keras.constraints', constraintClasses);
registerKerasObjects('keras.activations', activationFunctions);
