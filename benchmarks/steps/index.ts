import type { TrainingWorkload, Workload, WorkloadOptions } from '../harness/types.js';

/** The steps that a process of Ibex measures, by name; what one needs is loaded when it is made. */
export const steps: Readonly<Record<string, (options: WorkloadOptions) => Promise<Workload>>> = {
  'mlp-b32': async () => (await import('./mlp.js')).mlp(32),
  'mlp-b128': async () => (await import('./mlp.js')).mlp(128),
  'cnn-b32': async (options) => (await import('./cnn.js')).cnn(32, options),
  'cnn-b128': async (options) => (await import('./cnn.js')).cnn(128, options),
  'bilstm-b32': async () => (await import('./bilstm.js')).bilstm(32),
  'eager-chain': async () => (await import('./eager-chain.js')).eagerChain(),
  'fit-overhead': async () => (await import('./fit-overhead.js')).fitOverhead(),
};

export function isTraining(workload: Workload): workload is TrainingWorkload {
  return 'loss' in workload;
}
