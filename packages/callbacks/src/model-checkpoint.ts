import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logs } from '@ibex/models';
import { ValueError } from '@ibex/tensor';
import { fillIn } from './file-name.js';
import { MonitorCallback, type MonitorOptions } from './monitor.js';

export interface ModelCheckpointOptions extends Omit<MonitorOptions, 'baseline' | 'minDelta'> {
  readonly verbose?: 0 | 1;
  /** Save only when the value is the best so far. Default false. */
  readonly saveBestOnly?: boolean;
  /** Save weights alone, to a `.weights.h5` file. Default false. */
  readonly saveWeightsOnly?: boolean;
  /** `'epoch'`, or a number of batches. Default `'epoch'`. */
  readonly saveFreq?: 'epoch' | number;
  /** With `saveBestOnly`: what has to be beaten at first. */
  readonly initialValueThreshold?: number | null;
}

/**
 * Saves the model, or its weights, while it is trained. `path` may hold `{epoch}` and names of logs, with formats as
 * `{epoch:02d}` and `{val_loss:.2f}`. Files are whole or not there. After `keras.callbacks.ModelCheckpoint`.
 */
export class ModelCheckpoint extends MonitorCallback {
  readonly path: string;
  readonly options: ModelCheckpointOptions;
  #epoch = 0;
  #batches = 0;

  /** Throws `ValueError` unless the file ends in `.keras`, or in `.weights.h5` with `saveWeightsOnly`. */
  constructor(path: string, options: ModelCheckpointOptions = {}) {
    super({ ...options, baseline: options.initialValueThreshold ?? null });
    const ending = options.saveWeightsOnly ? '.weights.h5' : '.keras';
    if (!path.endsWith(ending))
      throw new ValueError(`ModelCheckpoint: the file must end in ${ending}, got '${path}'.`);
    const { saveFreq = 'epoch' } = options;
    if (saveFreq !== 'epoch' && !(Number.isInteger(saveFreq) && saveFreq > 0)) {
      throw new ValueError(
        `ModelCheckpoint: saveFreq is 'epoch' or a number of batches, got ${String(saveFreq)}.`,
      );
    }
    this.path = path;
    this.options = options;
    // Only an override that is there costs a read of the logs at every batch.
    if (saveFreq !== 'epoch') this.onTrainBatchEnd = (batch, logs) => this.#afterBatch(saveFreq, batch, logs);
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if ((this.options.saveFreq ?? 'epoch') === 'epoch') await this.#save(epoch, undefined, logs);
  }

  async #afterBatch(frequency: number, batch: number, logs: Logs): Promise<void> {
    if (++this.#batches % frequency === 0) await this.#save(this.#epoch, batch, logs);
  }

  async #save(epoch: number, batch: number | undefined, logs: Logs): Promise<void> {
    const { saveBestOnly = false, saveWeightsOnly = false } = this.options;
    // Without the value to go by, there is a warning, and every model is saved.
    const value = saveBestOnly ? this.watched(logs) : undefined;
    if (value !== undefined && !this.isBetter(value, this.best)) {
      this.#say(epoch, `${this.monitor} did not improve from ${this.best?.toFixed(5) ?? 'None'}`);
      return;
    }
    const path = fillIn(this.path, {
      ...logs,
      epoch: epoch + 1,
      ...(batch === undefined ? {} : { batch: batch + 1 }),
    });
    this.#say(
      epoch,
      value === undefined
        ? `saving model to ${path}`
        : `${this.monitor} improved from ${this.best?.toFixed(5) ?? 'None'} to ${value.toFixed(5)}, saving model to ${path}`,
    );
    await mkdir(dirname(path), { recursive: true });
    if (saveWeightsOnly) await this.model.saveWeights(path);
    else await this.model.save(path);
    // Only what is on the disk counts as the best.
    if (value !== undefined) this.best = value;
    this.#say(epoch, `finished saving model to ${path}`);
  }

  #say(epoch: number, what: string): void {
    if (this.options.verbose) console.log(`\nEpoch ${epoch + 1}: ${what}`);
  }
}
