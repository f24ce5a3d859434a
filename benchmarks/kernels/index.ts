import { gpuSweeps, tinySweeps } from './gpu-specs.js';
import { cpuSweeps, type KernelSpec } from './specs.js';

/** All sweeps, by name. */
export const kernelSweeps: Readonly<Record<string, readonly KernelSpec[]>> = {
  ...cpuSweeps,
  ...gpuSweeps,
  ...tinySweeps,
};

/** Whether a kernel's results can be compared: where weights are PyTorch's own, or there is no result, they can't. */
export function isComparable({ op }: KernelSpec): boolean {
  return !/^(adam|lstm|gru)/.test(op);
}
