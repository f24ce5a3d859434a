export {
  Dropout,
  type DropoutOptions,
  type NoiseOptions,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  type SpatialDropoutOptions,
} from './dropout.js';
export * from './noise.js';
