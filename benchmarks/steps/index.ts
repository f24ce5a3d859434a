import type { PredictionWorkload, TrainingWorkload, Workload, WorkloadOptions } from '../harness/types.js';

type Steps<W extends Workload> = Readonly<Record<string, (options: WorkloadOptions) => Promise<W>>>;

const training: Steps<TrainingWorkload> = {
  'mlp-b32': async () => (await import('./mlp.js')).mlp(32),
  'mlp-b128': async () => (await import('./mlp.js')).mlp(128),
  'cnn-b32': async (options) => (await import('./cnn.js')).cnn(32, options),
  'cnn-b128': async (options) => (await import('./cnn.js')).cnn(128, options),
  'bilstm-b32': async () => (await import('./bilstm.js')).bilstm(32),
  'transformer-b16': async () => (await import('./transformer.js')).transformer(16),
  'resnet50-b8': async () => (await import('./resnet.js')).resnetTraining(8),
};

const prediction: Steps<PredictionWorkload> = {
  'resnet50-infer-b1': async () => (await import('./resnet.js')).resnetInference(1),
  'resnet50-infer-b8': async () => (await import('./resnet.js')).resnetInference(8),
};

/** The steps that a process of Ibex measures, by name; what one needs is loaded when it is made. */
export const steps: Steps<Workload> = {
  ...training,
  'eager-chain': async () => (await import('./eager-chain.js')).eagerChain(),
};

/** What is done with whole models, by name. */
export const jobs: Steps<Workload> = {
  ...prediction,
  'fit-overhead': async () => (await import('./fit-overhead.js')).fitOverhead(),
};

/** Whether a workload gives numbers that are compared with those of peers. */
export function isChecked(name: string): boolean {
  return name in training || name in prediction;
}

export function isTraining(workload: Workload): workload is TrainingWorkload {
  return 'loss' in workload;
}

export function isPrediction(workload: Workload): workload is PredictionWorkload {
  return 'outputs' in workload;
}
