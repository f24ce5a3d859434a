import { ValueError } from './errors.js';
import { native, nativeAsync } from './runtime.js';

/** How many threads the CPU's kernels use. Default: `IBEX_NUM_THREADS`, or the number of cores. */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new ValueError(`setNumThreads: expected an integer of at least 1, got ${count}.`);
  native((core) => core.setNumThreads(count));
}

export function getNumThreads(): number {
  return native((core) => core.getNumThreads());
}

/** Ends when the device has done all that was asked of it. Rejects with the error of a run that no tensor carries. */
export function sync(): Promise<void> {
  return nativeAsync((core) => core.sync());
}
