import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Callback, FileFormatError, writeFileAtomic } from '@ibex/models';
import { NotBuiltError, ValueError } from '@ibex/tensor';

export interface BackupAndRestoreOptions {
  /** `'epoch'`, or a number of batches. Default `'epoch'`. */
  readonly saveFreq?: 'epoch' | number;
  /** Remove the backup when training is over. Default true. */
  readonly deleteCheckpoint?: boolean;
}

interface Progress {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Saves weights, the optimizer's state and the epoch while a model is trained, so that the same `fit`, started again
 * after its process died, goes on from the last backup; epochs that were begun are begun anew. Its files are those of
 * Keras. After `keras.callbacks.BackupAndRestore`.
 */
export class BackupAndRestore extends Callback {
  readonly folder: string;
  readonly saveFreq: 'epoch' | number;
  readonly deleteCheckpoint: boolean;
  #epoch = 0;
  #batches = 0;

  /** @param folder - for the backup alone: it is removed in the end */
  constructor(folder: string, { saveFreq = 'epoch', deleteCheckpoint = true }: BackupAndRestoreOptions = {}) {
    super();
    if (folder === '') throw new ValueError('BackupAndRestore: the folder has no name.');
    if (saveFreq !== 'epoch' && !(Number.isInteger(saveFreq) && saveFreq > 0)) {
      throw new ValueError(
        `BackupAndRestore: saveFreq is 'epoch' or a number of batches, got ${String(saveFreq)}.`,
      );
    }
    this.folder = folder;
    this.saveFreq = saveFreq;
    this.deleteCheckpoint = deleteCheckpoint;
    // Only an override that is there costs a read of the logs at every batch.
    if (saveFreq !== 'epoch') this.onTrainBatchEnd = (batch) => this.#afterBatch(saveFreq, batch);
  }

  get #weightsPath(): string {
    return join(this.folder, 'latest.weights.h5');
  }

  get #progressPath(): string {
    return join(this.folder, 'training_metadata.json');
  }

  /** Throws `NotBuiltError` for a model without weights, `FileFormatError` for a backup that can't be read. */
  override async onTrainBegin(): Promise<void> {
    if (!this.model.built) {
      throw new NotBuiltError(
        'BackupAndRestore: the model has no weights yet. Call it on data, or build it, before fit.',
      );
    }
    this.#batches = 0;
    const progress = await this.#readProgress();
    if (progress === null) return;
    // Its state is there to be loaded then.
    this.model.optimizer?.build(this.model.trainableVariables);
    await this.model.loadWeights(this.#weightsPath);
    this.model.startEpoch = progress.epoch;
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override async onEpochEnd(epoch: number): Promise<void> {
    if (this.saveFreq === 'epoch') await this.#save({ epoch: epoch + 1, batch: 0 });
  }

  override async onTrainEnd(): Promise<void> {
    if (this.deleteCheckpoint) await rm(this.folder, { recursive: true, force: true });
  }

  async #afterBatch(frequency: number, batch: number): Promise<void> {
    if (++this.#batches % frequency === 0) await this.#save({ epoch: this.#epoch, batch });
  }

  async #save(progress: Progress): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await this.model.saveWeights(this.#weightsPath);
    await writeFileAtomic(this.#progressPath, new TextEncoder().encode(JSON.stringify(progress)));
  }

  /** `null` where there is no backup. */
  async #readProgress(): Promise<Progress | null> {
    let text: string;
    try {
      text = await readFile(this.#progressPath, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const progress = JSON.parse(text) as Partial<Progress>;
      if (Number.isInteger(progress.epoch)) return { epoch: progress.epoch!, batch: progress.batch ?? 0 };
    } catch {
      // It is told below.
    }
    throw new FileFormatError(
      `${this.#progressPath} does not tell the epoch of a backup. Remove ${this.folder} to start anew.`,
    );
  }
}
