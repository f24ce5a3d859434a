// Tensors, the functions on them, derivatives, random numbers, and compiled functions.
import './ops/gradient-ops.js';
import './ops/methods.js';
import './core/realize.js';
import './core/symbolic/index.js';
import { opDefs, provideOpTableHash } from './core/registry.js';
import { hashOpTable } from './ops/table.js';

provideOpTableHash(() => hashOpTable(opDefs()));

export * from './config/index.js';
export { apply, apply1, isTensorLike, toTensor, toTensors } from './core/apply.js';
export {
  type AuxOptions,
  customGradient,
  type GradientOptions,
  GradientTape,
  type GradientTapeOptions,
  type GradOptions,
  grad,
  hessian,
  jacobian,
  stopGradient,
  valueAndGrad,
  valueAndGradVariables,
  vjp,
} from './core/autodiff.js';
export { type Compiled, type CompileOptions, compile, type PreparedCall } from './core/compile.js';
export { type TensorOptions, tensor } from './core/create.js';
export { isDebug, setDebug } from './core/debug.js';
export { type DeviceDescription, getDevice, listDevices, setDevice, withDevice } from './core/device.js';
export {
  bytesPerElement,
  DTYPES,
  type DType,
  fromBfloat16Bits,
  fromFloat16Bits,
  isFloat,
  isInteger,
  resultType,
  type TypedArray,
  toBfloat16Bits,
  toDType,
  toFloat16Bits,
  typedArrayFor,
  type WeakType,
} from './core/dtype.js';
export {
  DeviceUnavailableError,
  DisposedError,
  DTypeError,
  type ErrorCode,
  IbexError,
  IndexError,
  NotBuiltError,
  OutOfMemoryError,
  ShapeError,
  StaleAddonError,
  TraceError,
  ValueError,
} from './core/errors.js';
export type { NestedArray, Scalar } from './core/host.js';
export { getMask, setMask } from './core/mask.js';
export {
  type MemoryOptions,
  type MemoryUse,
  memory,
  resetPeakMemory,
  scope,
  setMemoryLimit,
} from './core/memory.js';
export { autoName, clearSession, toSnakeCase } from './core/names.js';
export {
  enableOpDeterminism,
  type Float32MatmulPrecision,
  getFloat32MatmulPrecision,
  isOpDeterminismEnabled,
  setFloat32MatmulPrecision,
} from './core/numerics.js';
export { toDevice } from './core/placement.js';
export {
  type CallProfile,
  type Profile,
  type ProfileEvent,
  type ProgramProfile,
  profile,
} from './core/profile.js';
export { formatProfile } from './core/profile-text.js';
export { type ChromeTraceEvent, chromeTrace } from './core/profile-trace.js';
export { publicOp } from './core/public-op.js';
export { currentScope, indexScope, nameScope, rootScope } from './core/scope.js';
export { getNumThreads, setNumThreads, sync } from './core/settings.js';
export { broadcastShapes, formatShape, type Shape, sameShape, sizeOf } from './core/shape.js';
export { isEager, isTracing, setEager, withEager } from './core/state.js';
export type { IndexFault } from './core/subject.js';
export * from './core/symbolic/index.js';
export { realizeAll, Tensor, type TensorLike } from './core/tensor.js';
export { flattenTree, mapTree, type Tree, unflattenTree } from './core/tree.js';
export { detached, Variable, type VariableOptions, withAutocast } from './core/variable.js';
export * as ops from './ops/index.js';
export type { TensorMethods } from './ops/methods.js';
export * as random from './random/index.js';
export {
  getRandomSeed,
  globalSeedGenerator,
  makeDefaultSeed,
  type Seed,
  SeedGenerator,
  setRandomSeed,
} from './random/index.js';
