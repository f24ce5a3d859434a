import { Callback, type Logs } from '@ibex/models';
import { ValueError } from '@ibex/tensor';
import { MonitorCallback, type MonitorOptions } from './monitor.js';

/** Sets the learning rate at the start of every epoch. After `keras.callbacks.LearningRateScheduler`. */
export class LearningRateScheduler extends Callback {
  readonly schedule: (epoch: number, learningRate: number) => number;
  readonly verbose: 0 | 1;

  /** @param schedule - the rate of an epoch (from 0), given the rate so far */
  constructor(
    schedule: (epoch: number, learningRate: number) => number,
    { verbose = 0 }: { verbose?: 0 | 1 } = {},
  ) {
    super();
    this.schedule = schedule;
    this.verbose = verbose;
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    const optimizer = requireOptimizer(this);
    const current = Number((await optimizer.learningRate.data())[0]);
    const next = this.schedule(epoch, current);
    if (typeof next !== 'number' || !Number.isFinite(next)) {
      throw new ValueError(
        `LearningRateScheduler: the schedule must return a number, got ${String(next)} for epoch ${epoch}.`,
      );
    }
    optimizer.learningRate = next;
    if (this.verbose > 0)
      console.log(`\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${next}.`);
  }

  override async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    logs['learning_rate'] = Number((await requireOptimizer(this).learningRate.data())[0]);
  }
}

export interface ReduceLROnPlateauOptions extends Omit<MonitorOptions, 'baseline'> {
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number;
  /** How many epochs without improvement are waited for. Default 10. */
  readonly patience?: number;
  readonly verbose?: 0 | 1;
  /** Epochs after a reduction that do not count. Default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minLr?: number;
}

/** Lowers the learning rate when a value no longer improves. After `keras.callbacks.ReduceLROnPlateau`. */
export class ReduceLROnPlateau extends MonitorCallback {
  readonly options: ReduceLROnPlateauOptions;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super({ minDelta: 1e-4, ...options });
    const { factor = 0.1 } = options;
    if (!(factor > 0 && factor < 1))
      throw new ValueError(`ReduceLROnPlateau: factor must lie in (0, 1), got ${factor}.`);
    this.options = options;
  }

  override onTrainBegin(): void {
    this.#wait = 0;
    this.#cooldown = 0;
    this.best = null;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { factor = 0.1, patience = 10, cooldown = 0, minLr = 0, verbose = 0 } = this.options;
    const optimizer = requireOptimizer(this);
    const rate = Number((await optimizer.learningRate.data())[0]);
    logs['learning_rate'] = rate;
    const value = this.watched(logs);
    if (value === undefined) return;
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.isBetter(value, this.best)) {
      this.best = value;
      this.#wait = 0;
      return;
    }
    if (this.#cooldown > 0 || ++this.#wait < patience || rate <= Math.fround(minLr)) return;
    const next = Math.max(rate * factor, minLr);
    optimizer.learningRate = next;
    if (verbose > 0)
      console.log(`\nEpoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${next}.`);
    this.#cooldown = cooldown;
    this.#wait = 0;
  }
}

function requireOptimizer(callback: Callback): NonNullable<Callback['model']['optimizer']> {
  const { optimizer } = callback.model;
  if (!optimizer) throw new ValueError(`${callback.constructor.name} needs a compiled model.`);
  return optimizer;
}
