import { Callback, type Logs } from './callback.js';

/** The logs of every epoch; what `fit` gives back. After `keras.callbacks.History`. */
export class History extends Callback {
  /** The numbers of the epochs, from 0. */
  readonly epoch: number[] = [];
  /** For each loss and metric its value at the end of every epoch. */
  readonly history: Record<string, number[]> = {};

  override onTrainBegin(): void {
    this.epoch.length = 0;
    for (const name of Object.keys(this.history)) delete this.history[name];
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
  }
}
