export { type CallContext, currentCallContext, withCallContext } from './call-context.js';
export { Dense, type KernelOptions } from './dense.js';
export { EinsumDense, type EinsumDenseOptions } from './einsum-dense.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export { Input, InputLayer, type InputOptions } from './input-layer.js';
export { checkInputs, InputSpec, type InputSpecOptions, type InputSpecs } from './input-spec.js';
export { Layer } from './layer.js';
export type { LayerOptions, WeightOptions } from './layer-options.js';
export { layersWithin } from './layer-state.js';
export {
  Identity,
  Lambda,
  type LambdaFunction,
  type LambdaOptions,
  Masking,
  type MaskingOptions,
} from './small-layers.js';
export type { TrackedMetric } from './tracker.js';
export type { CallOptions, LayerCallOptions, ShapeTree, SymbolicInputs, TensorInputs } from './types.js';
export { Wrapper } from './wrapper.js';
