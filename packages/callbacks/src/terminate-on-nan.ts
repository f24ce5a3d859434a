import { Callback, type Logs } from '@ibex/models';
import { ValueError } from '@ibex/tensor';

export interface TerminateOnNaNOptions {
  /** Throw `ValueError`, instead of ending training as if it were over. Default false. */
  readonly raiseError?: boolean;
}

/** Ends training when the loss is no number, or infinite. After `keras.callbacks.TerminateOnNaN`. */
export class TerminateOnNaN extends Callback {
  readonly raiseError: boolean;

  constructor({ raiseError = false }: TerminateOnNaNOptions = {}) {
    super();
    this.raiseError = raiseError;
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const loss = logs['loss'];
    if (loss === undefined || Number.isFinite(loss)) return;
    if (this.raiseError) {
      throw new ValueError(
        `The loss is ${loss} at batch ${batch}: lower the learning rate, or look for such values in the data.`,
      );
    }
    console.log(`Batch ${batch}: Invalid loss, terminating training`);
    this.model.stopTraining = true;
  }
}
