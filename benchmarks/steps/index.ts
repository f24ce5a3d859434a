import type { PredictionWorkload, TrainingWorkload, Workload, WorkloadOptions } from '../harness/types.js';

type Steps<W extends Workload> = Readonly<Record<string, (options: WorkloadOptions) => Promise<W>>>;

async function resnet(batch: number, sizes: 'RESNET50' | 'TINY_RESNET'): Promise<TrainingWorkload> {
  const module = await import('./resnet.js');
  return module.resnetTraining(batch, module[sizes]);
}

async function transformer(
  batch: number,
  sizes: 'TRANSFORMER' | 'ENCODER' | 'TINY_ENCODER',
): Promise<TrainingWorkload> {
  const module = await import('./transformer.js');
  return module.transformer(batch, module[sizes]);
}

// A name with -bf16 has the policy mixed_bfloat16: see isMixedBfloat16.

const training: Steps<TrainingWorkload> = {
  'mlp-b32': async () => (await import('./mlp.js')).mlp(32),
  'mlp-b128': async () => (await import('./mlp.js')).mlp(128),
  'cnn-b32': async (options) => (await import('./cnn.js')).cnn(32, options),
  'cnn-b128': async (options) => (await import('./cnn.js')).cnn(128, options),
  'bilstm-b32': async () => (await import('./bilstm.js')).bilstm(32),
  'transformer-b16': () => transformer(16, 'TRANSFORMER'),
  'resnet50-b8': () => resnet(8, 'RESNET50'),
};

/** Too large for a CPU. */
const trainingOnGpu: Steps<TrainingWorkload> = {
  'bilstm-b128': async () => (await import('./bilstm.js')).bilstm(128),
  'encoder-bf16-b32': () => transformer(32, 'ENCODER'),
  'resnet50-bf16-b64': () => resnet(64, 'RESNET50'),
  'resnet50-bf16-b256': () => resnet(256, 'RESNET50'),
};

/** The models of those in small, whose losses can be compared anywhere. */
const tinyTraining: Steps<TrainingWorkload> = {
  'encoder-tiny-b4': () => transformer(4, 'TINY_ENCODER'),
  'encoder-tiny-bf16-b4': () => transformer(4, 'TINY_ENCODER'),
  'resnet50-tiny-b8': () => resnet(8, 'TINY_RESNET'),
  'resnet50-tiny-bf16-b8': () => resnet(8, 'TINY_RESNET'),
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

/** Steps that are measured on a GPU too, or when they are named. */
export const gpuSteps: Steps<Workload> = trainingOnGpu;

/** Steps that are for checks. */
export const tinySteps: Steps<Workload> = tinyTraining;

/** What is done with whole models, by name. */
export const jobs: Steps<Workload> = {
  ...prediction,
  'fit-overhead': async () => (await import('./fit-overhead.js')).fitOverhead(),
};

/** The workload of a name; throws where there is none. */
export function makeWorkload(name: string, options: WorkloadOptions): Promise<Workload> {
  const make = steps[name] ?? gpuSteps[name] ?? tinySteps[name] ?? jobs[name];
  if (make === undefined) throw new Error(`There is no workload '${name}'.`);
  return make(options);
}

/** Whether a workload gives numbers that are compared with those of peers. */
export function isChecked(name: string): boolean {
  return [training, trainingOnGpu, tinyTraining, prediction].some((group) => name in group);
}

/** Whether a workload's model computes in bfloat16, with weights in float32. */
export function isMixedBfloat16(name: string): boolean {
  return name.includes('-bf16-');
}

export function isTraining(workload: Workload): workload is TrainingWorkload {
  return 'loss' in workload;
}

export function isPrediction(workload: Workload): workload is PredictionWorkload {
  return 'outputs' in workload;
}
