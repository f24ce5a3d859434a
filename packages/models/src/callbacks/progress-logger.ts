import { Callback, type Logs } from './callback.js';
import { ProgressBar, type ProgressOutput } from './progress-bar.js';

/**
 * Prints the progress of `fit`, `evaluate` and `predict` as Keras does. It draws at intervals, and so asks for logs only
 * when `isDue` says so; the training loop calls `onStep` for every batch and `draw` for those.
 */
export class ProgressLogger extends Callback {
  readonly #output: ProgressOutput | undefined;
  #bar: ProgressBar | undefined;
  #seen = 0;
  #inFit = false;

  constructor(output?: ProgressOutput) {
    super();
    this.#output = output;
  }

  override onTrainBegin(): void {
    this.#inFit = true;
  }

  override onTrainEnd(): void {
    this.#inFit = false;
  }

  override onEpochBegin(epoch: number): void {
    this.#start();
    const { verbose, epochs } = this.params;
    if (verbose !== 0 && epochs > 1) (this.#output ?? process.stdout).write(`Epoch ${epoch + 1}/${epochs}\n`);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#finish(logs);
  }

  override onTestBegin(): void {
    if (!this.#inFit) this.#start();
  }

  override onTestEnd(logs: Logs): void {
    if (!this.#inFit) this.#finish(logs);
  }

  override onPredictBegin(): void {
    this.#start();
  }

  override onPredictEnd(): void {
    this.#finish({});
  }

  /** Whether it would draw now. */
  isDue(): boolean {
    return this.#bar?.isDue() ?? false;
  }

  /** Notes the end of a batch of what is being shown: an epoch of `fit` (but not its validation), or the whole job. */
  onStep(batch: number, validation: boolean): void {
    if (validation && this.#inFit) return;
    this.#seen = batch + 1;
    this.#bar?.step(this.#seen);
  }

  draw(logs: Logs): void {
    this.#bar?.update(this.#seen, logs);
  }

  #start(): void {
    const { verbose, steps } = this.params;
    this.#seen = 0;
    this.#bar = verbose === 0 ? undefined : new ProgressBar(steps, verbose, this.#output);
  }

  #finish(logs: Logs): void {
    if (this.#bar && this.#bar.target === null) this.#bar.target = this.#seen;
    this.#bar?.finish(logs);
    this.#bar = undefined;
  }
}
