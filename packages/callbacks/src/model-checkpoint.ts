import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logs } from '@ibex/models';
import { ValueError } from '@ibex/tensor';
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
    const { saveBestOnly = false, saveWeightsOnly = false, verbose = 0 } = this.options;
    const value = saveBestOnly ? this.watched(logs) : undefined;
    if (saveBestOnly) {
      if (value === undefined || !this.isBetter(value, this.best)) return;
    }
    const path = fillIn(this.path, {
      ...logs,
      epoch: epoch + 1,
      ...(batch === undefined ? {} : { batch: batch + 1 }),
    });
    await mkdir(dirname(path), { recursive: true });
    if (saveWeightsOnly) await this.model.saveWeights(path);
    else await this.model.save(path);
    // Only what is on the disk counts as the best.
    if (value !== undefined) this.best = value;
    if (verbose > 0)
      console.log(`Epoch ${epoch + 1}: saved ${saveWeightsOnly ? 'weights' : 'model'} to ${path}`);
  }
}

/** Replaces `{name}`, `{name:02d}` and `{name:.3f}`. Throws `ValueError` for names that are not there. */
export function fillIn(template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(
    /\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?([dfe]))?\}/g,
    (_, name: string, zero: string, width: string, digits: string, kind: string) => {
      const value = values[name];
      if (value === undefined) {
        throw new ValueError(
          `The file name '${template}' asks for '${name}', but there are ${Object.keys(values).join(', ')}.`,
        );
      }
      const precision = digits === undefined ? 6 : Number(digits);
      const text =
        kind === 'f'
          ? value.toFixed(precision)
          : kind === 'e'
            ? value.toExponential(precision)
            : String(value);
      return width === '' || width === undefined
        ? text
        : text.padStart(Number(width), zero === '0' ? '0' : ' ');
    },
  );
}
