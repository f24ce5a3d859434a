export type {
  Addon,
  BuildInfo,
  CompileOptions,
  Handle,
  MemoryStats,
  NativeProfile,
  PluginAnswer,
  PluginComponent,
  PluginDevice,
  ProgramInfo,
} from './addon.js';
export { type BinaryTarget, readBinaryTarget } from './binary.js';
export { AddonError, addonPath, loadAddon } from './load.js';
export { CUDA_PLUGIN, type PluginReport, pluginPaths, probePlugins } from './plugins.js';
