import type { Logs } from '@ibex/models';
import type { Tensor } from '@ibex/tensor';
import { MonitorCallback, type MonitorOptions } from './monitor.js';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** How many epochs without improvement are waited for. Default 0. */
  readonly patience?: number;
  readonly verbose?: 0 | 1;
  /** Go back to the weights of the best epoch. Default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs from the start that do not count. Default 0. */
  readonly startFromEpoch?: number;
}

/** Ends training when a value no longer improves. After `keras.callbacks.EarlyStopping`. */
export class EarlyStopping extends MonitorCallback {
  readonly options: EarlyStoppingOptions;
  readonly #baseline: number | null;
  #wait = 0;
  #bestWeights: Tensor[] | null = null;
  bestEpoch = 0;
  stoppedEpoch = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    super(options);
    this.options = options;
    this.#baseline = options.baseline ?? null;
  }

  override onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
    this.best = null;
    this.#bestWeights = null;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const { patience = 0, restoreBestWeights = false, startFromEpoch = 0 } = this.options;
    const value = this.watched(logs);
    if (value === undefined || epoch < startFromEpoch) return;
    if (restoreBestWeights) this.#bestWeights ??= this.model.getWeights();
    this.#wait++;
    if (this.isBetter(value, this.best)) {
      this.best = value;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.#bestWeights = this.model.getWeights();
      if (this.#baseline === null || this.isBetter(value, this.#baseline)) this.#wait = 0;
      return;
    }
    if (this.#wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  override onTrainEnd(): void {
    const { verbose = 0, restoreBestWeights = false } = this.options;
    if (this.stoppedEpoch > 0 && verbose > 0) console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (restoreBestWeights && this.#bestWeights !== null) {
      if (verbose > 0)
        console.log(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.`);
      this.model.setWeights(this.#bestWeights);
    }
    this.#bestWeights = null;
  }
}
