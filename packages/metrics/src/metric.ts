import {
  autoName,
  type DType,
  DTypePolicy,
  floatx,
  nameScope,
  ops,
  type Tensor,
  type TensorLike,
  Variable,
} from '@ibex/tensor';

export interface MetricOptions {
  name?: string | null;
  /** What the metric computes and keeps its state in: a dtype or policy name. Default `floatx()`. */
  dtype?: string | null;
}

/**
 * A value gathered over batches. Subclasses keep their state in variables made by `addVariable`, add a batch to it in
 * `updateState`, and compute from it in `result`, all in tensor operations, so that a metric can be updated within a
 * compiled step. After `keras.metrics.Metric`.
 */
export abstract class Metric {
  readonly name: string;
  readonly dtype: DType;
  /** Whether it is to go up or down in training. */
  readonly direction: 'up' | 'down' = 'down';
  readonly #variables: { variable: Variable; initial: number }[] = [];
  readonly #dtypeGiven: string | null;

  constructor({ name, dtype = null }: MetricOptions = {}) {
    this.name = name ?? autoName(this.constructor.name);
    this.#dtypeGiven = dtype;
    this.dtype = dtype === null ? floatx() : new DTypePolicy(dtype).computeDtype;
  }

  /** Adds a batch. Of what, the subclass says; most take `(yTrue, yPred, sampleWeight?)`. */
  abstract updateState(...batch: readonly unknown[]): void;

  /** The value over all batches since the last reset. */
  abstract result(): Tensor;

  /** Sets every variable back to its first value. */
  resetState(): void {
    for (const { variable, initial } of this.#variables) {
      variable.assign(ops.full(variable.shape, initial, { dtype: variable.dtype }));
    }
  }

  /** Adds a batch and gives the value so far. */
  update(...batch: Parameters<this['updateState']>): Tensor {
    this.updateState(...batch);
    return this.result();
  }

  get variables(): readonly Variable[] {
    return this.#variables.map(({ variable }) => variable);
  }

  /** What the constructor takes before its options, by the names in configurations. */
  static readonly configArguments: readonly string[] = [];

  /** A metric of a configuration: the arguments and options by name. */
  static fromConfig(config: Record<string, unknown>): Metric {
    const options = { ...config };
    const given = this.configArguments.map((name) => {
      const value = options[name];
      delete options[name];
      return value;
    });
    return Reflect.construct(this, [...given, options]) as Metric;
  }

  getConfig(): Record<string, unknown> {
    return { name: this.name, dtype: this.#dtypeGiven ?? this.dtype };
  }

  /** A state variable that starts at, and is reset to, `initial` (0). */
  protected addVariable(
    shape: readonly number[],
    name: string,
    { initial = 0, dtype = this.dtype }: { initial?: number; dtype?: DType } = {},
  ): Variable {
    const variable = nameScope(
      this.name,
      () => new Variable(() => ops.full(shape, initial, { dtype }), { shape, dtype, name, trainable: false }),
    );
    this.#variables.push({ variable, initial });
    return variable;
  }
}

/** A metric of targets and predictions, as `compile` takes them. */
export abstract class PairMetric extends Metric {
  abstract override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void;
}
