// Optimizers, and schedules of their learning rates.
export { Adadelta, type AdadeltaOptions } from './adadelta.js';
export { Adagrad, type AdagradOptions } from './adagrad.js';
export { Adam, type AdamOptions, AdamW } from './adam.js';
export { Adamax, type AdamaxOptions } from './adamax.js';
export { Ftrl, type FtrlOptions } from './ftrl.js';
export { getOptimizer, type OptimizerIdentifier } from './identifiers.js';
export { Lamb, type LambOptions } from './lamb.js';
export { Lion, type LionOptions } from './lion.js';
export { LossScaleOptimizer, type LossScaleOptions } from './loss-scale-optimizer.js';
export { Nadam, type NadamOptions } from './nadam.js';
export { type LearningRate, Optimizer, type OptimizerOptions, type SlotGroup } from './optimizer.js';
export { RMSprop, type RMSpropOptions } from './rmsprop.js';
export * from './schedules/index.js';
export * as schedules from './schedules/index.js';
export { SGD, type SGDOptions } from './sgd.js';
