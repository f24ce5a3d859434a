export type {
  Addon,
  BuildInfo,
  CompileOptions,
  Handle,
  MemoryStats,
  NativeProfile,
  ProgramInfo,
} from './addon.js';
export { type BinaryTarget, readBinaryTarget } from './binary.js';
export { AddonError, loadAddon } from './load.js';
