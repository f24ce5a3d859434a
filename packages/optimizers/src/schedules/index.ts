import { registerKerasObjects } from '@ibex/tensor';
import { CosineDecay, CosineDecayRestarts } from './cosine-decay.js';
import { ExponentialDecay, InverseTimeDecay } from './decay.js';
import { PiecewiseConstantDecay } from './piecewise-constant-decay.js';
import { PolynomialDecay } from './polynomial-decay.js';

registerKerasObjects('keras.optimizers.schedules', {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
});

export {
  CosineDecay,
  type CosineDecayOptions,
  CosineDecayRestarts,
  type CosineDecayRestartsOptions,
} from './cosine-decay.js';
export { type DecayOptions, ExponentialDecay, InverseTimeDecay } from './decay.js';
export { PiecewiseConstantDecay } from './piecewise-constant-decay.js';
export { PolynomialDecay, type PolynomialDecayOptions } from './polynomial-decay.js';
export { LearningRateSchedule } from './schedule.js';
