import type { Trainable } from '../training/trainable.js';

/** Values of losses and metrics by name. */
export type Logs = Record<string, number>;

/** What a callback is told of the job it watches. */
export interface CallbackParams {
  verbose: 0 | 1 | 2;
  epochs: number;
  /** Steps of an epoch, where that is known. */
  steps: number | null;
}

type Hook = void | Promise<void>;

/**
 * Watches, and steers, `fit`, `evaluate` and `predict`. Subclasses override the hooks that they want; a hook may be
 * asynchronous. Batch hooks that are overridden cost a read of the metrics at every batch. After `keras.callbacks.Callback`.
 */
export class Callback {
  /** The model being trained; set before the first hook. */
  model!: Trainable;
  params: CallbackParams = { verbose: 0, epochs: 1, steps: null };

  setModel(model: Trainable): void {
    this.model = model;
  }

  setParams(params: CallbackParams): void {
    this.params = params;
  }

  onTrainBegin(_logs: Logs): Hook {}
  /** Not called when training fails or is aborted. */
  onTrainEnd(_logs: Logs): Hook {}
  onEpochBegin(_epoch: number, _logs: Logs): Hook {}
  onEpochEnd(_epoch: number, _logs: Logs): Hook {}
  onTrainBatchBegin(_batch: number, _logs: Logs): Hook {}
  onTrainBatchEnd(_batch: number, _logs: Logs): Hook {}
  onTestBegin(_logs: Logs): Hook {}
  onTestEnd(_logs: Logs): Hook {}
  onTestBatchBegin(_batch: number, _logs: Logs): Hook {}
  onTestBatchEnd(_batch: number, _logs: Logs): Hook {}
  onPredictBegin(_logs: Logs): Hook {}
  onPredictEnd(_logs: Logs): Hook {}
  onPredictBatchBegin(_batch: number, _logs: Logs): Hook {}
  onPredictBatchEnd(_batch: number, _logs: Logs): Hook {}
}

/** The hooks by name. */
export type HookName = Exclude<keyof Callback, 'model' | 'params' | 'setModel' | 'setParams'>;
