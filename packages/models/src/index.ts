// Models: Sequential, of graphs, and subclassed; training, evaluation, saving.
import './register.js';

export type { BatchSource, GraphModelOptions, ModelOptions, TrainingData } from './arguments.js';
export * from './callbacks/index.js';
export { Model } from './model.js';
export { FileAccessError, FileFormatError } from './saving/errors.js';
export type { LoadWeightsOptions } from './saving/files.js';
export { type LoadModelOptions, loadModel } from './saving/load-model.js';
export { writeFileAtomic } from './saving/whole-files.js';
export { Sequential } from './sequential.js';
export type { SummaryOptions } from './summary.js';
export type { Batch, Data } from './training/batch.js';
export type { LossSpec, LossWeights } from './training/compile-loss.js';
export type { MetricsSpec } from './training/compile-metrics.js';
export type { CompileOptions as ModelCompileOptions } from './training/compile-options.js';
export { AbortedError, NotCompiledError } from './training/errors.js';
export type { EvaluateOptions, FitOptions, Verbosity } from './training/fit.js';
export type { StepLogs } from './training/logs.js';
export type { PredictOptions } from './training/predict.js';
export type { BatchStream } from './training/source.js';
export type { LossInputs } from './training/steps.js';
export type { Trainable } from './training/trainable.js';
