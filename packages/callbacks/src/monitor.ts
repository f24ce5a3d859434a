import { Callback, type Logs } from '@ibex/models';
import { ValueError } from '@ibex/tensor';

/** Whether less or more is better; `'auto'` goes by the name of the value. */
export type MonitorMode = 'auto' | 'min' | 'max';

export interface MonitorOptions {
  /** The loss or metric to watch. Default `'val_loss'`. */
  readonly monitor?: string;
  readonly mode?: MonitorMode;
  /** How much better counts as better. Default 0. */
  readonly minDelta?: number;
  /** What has to be beaten at first. */
  readonly baseline?: number | null;
}

/** What the names of values that should grow end in, where there is no metric to ask. */
const GROWING = /(acc|accuracy|auc|precision|recall|f1_score|fbeta_score|r2_score|cosine_similarity|io_?u)$/;

/** A callback that compares a value with the best so far. */
export abstract class MonitorCallback extends Callback {
  readonly monitor: string;
  readonly #mode: MonitorMode;
  readonly minDelta: number;
  best: number | null;
  #warned = false;

  constructor({ monitor = 'val_loss', mode = 'auto', minDelta = 0, baseline = null }: MonitorOptions = {}) {
    super();
    if (!['auto', 'min', 'max'].includes(mode))
      throw new ValueError(`mode must be 'auto', 'min' or 'max', got '${String(mode)}'.`);
    this.monitor = monitor;
    this.#mode = mode;
    this.minDelta = Math.abs(minDelta);
    this.best = baseline;
  }

  /** Whether less or more is better. */
  get mode(): 'min' | 'max' {
    if (this.#mode !== 'auto') return this.#mode;
    const isUp = this.model?.metricDirection(this.monitor.replace(/^val_/, '')) === 'up';
    return isUp || GROWING.test(this.monitor) ? 'max' : 'min';
  }

  /** The watched value; `undefined`, with a warning, where the logs do not have it. */
  protected watched(logs: Logs): number | undefined {
    const value = logs[this.monitor];
    if (value === undefined && !this.#warned) {
      this.#warned = true;
      process.emitWarning(
        `${this.constructor.name} watches '${this.monitor}', but the logs have ${Object.keys(logs).join(', ')}.`,
        { code: 'IBEX_MONITOR_MISSING' },
      );
    }
    return value;
  }

  /** Whether `value` is better than `reference` by more than `minDelta`; everything but NaN is better than nothing. */
  protected isBetter(value: number, reference: number | null): boolean {
    if (reference === null) return !Number.isNaN(value);
    return this.mode === 'min' ? value < reference - this.minDelta : value > reference + this.minDelta;
  }
}
