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

export function memory(): MemoryUse {
  const { buffers, bufferBytes, arenaBytes, poolBytes, peakBytes, variables, programs } = native((core) =>
    core.memoryStats(),
  );
  return { buffers, bufferBytes, arenaBytes, poolBytes, peakBytes, variables, programs };
}

/** Lets the core hold at most so many bytes; 0 for no limit. More throws `OutOfMemoryError`. */
export function setMemoryLimit(bytes: number): void {
  native((core) => core.setMemoryLimit(bytes));
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
