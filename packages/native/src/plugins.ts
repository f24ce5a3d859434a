import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import type { PluginAnswer } from './addon.js';
import { addonPath, loadAddon } from './load.js';

/** The file name of the CUDA backend; it lies beside the addon. */
export const CUDA_PLUGIN = 'libibex_cuda.so';

/** What a plug-in answered, or why it could not even be asked: then there is only `reason`. */
export interface PluginReport extends PluginAnswer {
  readonly path: string;
}

/**
 * The libraries with other devices: those that `IBEX_PLUGINS` lists, then the CUDA backend that lies beside the addon, unless
 * one is among them.
 */
export function pluginPaths(): string[] {
  loadAddon();
  const given = (process.env['IBEX_PLUGINS'] ?? '').split(delimiter).filter((path) => path !== '');
  if (given.some((path) => basename(path) === CUDA_PLUGIN)) return given;
  const cuda = join(dirname(addonPath()), CUDA_PLUGIN);
  return existsSync(cuda) ? [...given, cuda] : given;
}

/** Asks every plug-in what there is; `again`: also those that have answered before. Never throws for what they lack. */
export function probePlugins(again = false): PluginReport[] {
  const addon = loadAddon();
  return pluginPaths().map((path) => {
    try {
      return { path, ...addon.pluginProbe(path, again) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { path, name: '', build: '', reason, missingOps: '', components: [], devices: [] };
    }
  });
}
