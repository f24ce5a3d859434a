import { ops, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import { assignWhere } from './conditional.js';

export interface MovingAverageOptions {
  /** Keep an exponential moving average of the variables. Default false. */
  useEma?: boolean;
  /** The share that the average keeps at each step. Default 0.99. */
  emaMomentum?: number;
  /** Overwrite the variables with their averages every so many steps; by default only at the end of training. */
  emaOverwriteFrequency?: number | null;
}

/** Exponential moving averages of variables, as the optimizer option `useEma` keeps them. */
export class ExponentialMovingAverage {
  readonly #momentum: number;
  readonly #frequency: number | null;
  readonly #averages = new Map<Variable, Variable>();

  constructor({ emaMomentum = 0.99, emaOverwriteFrequency = null }: MovingAverageOptions) {
    if (!(emaMomentum >= 0 && emaMomentum <= 1)) {
      throw new ValueError(`emaMomentum must lie in [0, 1], got ${emaMomentum}.`);
    }
    if (
      emaOverwriteFrequency !== null &&
      (!Number.isInteger(emaOverwriteFrequency) || emaOverwriteFrequency < 1)
    ) {
      throw new ValueError(
        `emaOverwriteFrequency must be an integer of at least 1 or null, got ${emaOverwriteFrequency}.`,
      );
    }
    this.#momentum = emaMomentum;
    this.#frequency = emaOverwriteFrequency;
  }

  build(variables: readonly Variable[], create: (variable: Variable) => Variable): void {
    for (const variable of variables) this.#averages.set(variable, create(variable));
  }

  /** @param iterations - updates made before this one: an int32 scalar; the first sets the average to the variable. */
  update(variables: readonly Variable[], iterations: Tensor): void {
    for (const variable of variables) {
      const average = this.#averages.get(variable)!;
      const momentum = ops.notEqual(iterations, 0).cast(variable.dtype).mul(this.#momentum);
      average.assign(momentum.mul(average).add(ops.subtract(1, momentum).mul(variable)));
    }
    if (this.#frequency !== null) {
      const isDue = ops.equal(ops.mod(iterations.add(1), this.#frequency), 0);
      assignWhere(isDue, variables, () => this.overwrite(variables));
    }
  }

  overwrite(variables: readonly Variable[]): void {
    for (const variable of variables) {
      const average = this.#averages.get(variable);
      if (average) variable.assign(average.value);
    }
  }
}
