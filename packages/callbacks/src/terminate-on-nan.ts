import { Callback, type Logs } from '@ibex/models';

/** Ends training when the loss is no number, or infinite. After `keras.callbacks.TerminateOnNaN`. */
export class TerminateOnNaN extends Callback {
  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const loss = logs['loss'];
    if (loss === undefined || Number.isFinite(loss)) return;
    console.log(`Batch ${batch}: the loss is ${loss}, ending training`);
    this.model.stopTraining = true;
  }
}
