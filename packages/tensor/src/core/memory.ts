import { currentDevice, deviceByName, type OpenDevice } from './device.js';
import { toBytes } from './memory-limit.js';
import { keepInOuterScope, native, popScope, pushScope } from './runtime.js';
import { Tensor } from './tensor.js';
import { flattenTree } from './tree.js';

/** What the core holds. Sizes are in bytes. */
export interface MemoryUse {
  /** The device. */
  readonly device: string;
  /** What tensors, variables and programs use: `bufferBytes` and `arenaBytes`. */
  readonly inUseBytes: number;
  /** That, and what is kept: all that was asked of the device's driver, or of the system. */
  readonly reservedBytes: number;
  /** What `reservedBytes` must not exceed; 0 for no limit. */
  readonly limitBytes: number;
  /** Buffers of tensors and variables. */
  readonly buffers: number;
  readonly bufferBytes: number;
  /** What programs compute in. */
  readonly arenaBytes: number;
  /** Freed, and kept for the next buffers. */
  readonly poolBytes: number;
  /** The most that was reserved at once. */
  readonly peakBytes: number;
  readonly variables: number;
  readonly programs: number;
}

export interface MemoryOptions {
  /** The name of the device. Default: the one that is chosen. */
  readonly device?: string;
}

function deviceOf({ device }: MemoryOptions): OpenDevice {
  return device === undefined ? currentDevice() : deviceByName(device);
}

/** What the core holds on a device; buffers, variables and programs are counted on all of them. */
export function memory(options: MemoryOptions = {}): MemoryUse {
  const { name, number } = deviceOf(options);
  const { handles: _, ...stats } = native((core) => core.memoryStats(number));
  const inUseBytes = stats.bufferBytes + stats.arenaBytes;
  return { device: name, inUseBytes, reservedBytes: inUseBytes + stats.poolBytes, ...stats };
}

/**
 * Lets the core reserve at most so much on a device: a number of bytes, `'6GiB'`, or `'80%'` of the device's memory; 0 for no
 * limit. What is kept of freed memory is given back before more throws `OutOfMemoryError`. The default is
 * `IBEX_MEMORY_LIMIT`, which takes the same, for all devices but the CPU, or device by device: `cuda:0=6GiB,cpu=50%`.
 * Throws `ValueError` for other limits.
 */
export function setMemoryLimit(limit: number | string, options: MemoryOptions = {}): void {
  const { number, totalBytes } = deviceOf(options);
  const bytes = toBytes(limit, totalBytes);
  native((core) => core.setMemoryLimit(bytes, number));
}

/** From here on `peakBytes` of a device is the most since. */
export function resetPeakMemory(options: MemoryOptions = {}): void {
  const { number } = deviceOf(options);
  native((core) => core.resetPeakMemory(number));
}

/**
 * Runs `body`, and frees at its end the memory of all tensors that were computed in it, but for those it returns (in any
 * nest). Tensors are collected without it; it is for those who want memory back at once.
 */
export function scope<T>(body: () => T): T {
  pushScope();
  let result: T | undefined;
  try {
    result = body();
    return result;
  } finally {
    const kept = new Set(flattenTree(result));
    for (const owner of popScope()) {
      if (kept.has(owner)) keepInOuterScope(owner);
      else if (owner instanceof Tensor && !owner.pinned) owner.dispose();
    }
  }
}
