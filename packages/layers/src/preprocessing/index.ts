export { Normalization, type NormalizationOptions } from './normalization.js';
export { Rescaling, type RescalingOptions } from './rescaling.js';
