import { deviceNumber, deviceNumberOf } from './device.js';
import { keepInOuterScope, native, popScope, pushScope } from './runtime.js';
import { Tensor } from './tensor.js';
import { flattenTree } from './tree.js';

/** What the core holds. Sizes are in bytes. */
export interface MemoryUse {
  /** Buffers of tensors and variables. */
  readonly buffers: number;
  readonly bufferBytes: number;
  /** What programs compute in. */
  readonly arenaBytes: number;
  /** Freed, and kept for the next buffers. */
  readonly poolBytes: number;
  /** The most that was held at once. */
  readonly peakBytes: number;
  readonly variables: number;
  readonly programs: number;
}

export interface MemoryOptions {
  /** The name of the device. Default: the one that is chosen. */
  readonly device?: string;
}

function numberOf({ device }: MemoryOptions): number {
  return device === undefined ? deviceNumber() : deviceNumberOf(device);
}

/** What the core holds on a device; buffers, variables and programs are counted on all of them. */
export function memory(options: MemoryOptions = {}): MemoryUse {
  const device = numberOf(options);
  const { buffers, bufferBytes, arenaBytes, poolBytes, peakBytes, variables, programs } = native((core) =>
    core.memoryStats(device),
  );
  return { buffers, bufferBytes, arenaBytes, poolBytes, peakBytes, variables, programs };
}

/** Lets the core hold at most so many bytes on a device; 0 for no limit. More throws `OutOfMemoryError`. */
export function setMemoryLimit(bytes: number, options: MemoryOptions = {}): void {
  const device = numberOf(options);
  native((core) => core.setMemoryLimit(bytes, device));
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
