import * as constraints from '../constraints/index.js';
import * as initializers from '../initializers/index.js';
import * as regularizers from '../regularizers/index.js';

/** The options of a layer about one of its weights: `kernelInitializer`, `kernelRegularizer`, `kernelConstraint`. */
export type WeightSettingsOptions<Prefix extends string> = InitializerOption<Prefix> & {
  readonly [Key in `${Prefix}Regularizer`]?: regularizers.RegularizerLike;
} & { readonly [Key in `${Prefix}Constraint`]?: constraints.ConstraintLike };

export type InitializerOption<Prefix extends string> = {
  readonly [Key in `${Prefix}Initializer`]?: initializers.InitializerLike | undefined;
};

/** How a weight is made, penalised and constrained. */
export class WeightSettings {
  readonly initializer: initializers.InitializerFunction;
  readonly regularizer: regularizers.RegularizerFunction | null;
  readonly constraint: constraints.ConstraintFunction | null;
  readonly #prefix: string;

  /** Reads the options about the weight `prefix`. Throws `ValueError` for unknown names. */
  constructor(prefix: string, options: object, initializer: string) {
    const given = options as Readonly<Record<string, unknown>>;
    this.#prefix = prefix;
    this.initializer = initializers.get(
      (given[`${prefix}Initializer`] as initializers.InitializerLike | undefined) ?? initializer,
    );
    this.regularizer = regularizers.get(given[`${prefix}Regularizer`] as regularizers.RegularizerLike);
    this.constraint = constraints.get(given[`${prefix}Constraint`] as constraints.ConstraintLike);
  }

  /** The options that these settings were read from. */
  getConfig(): Record<string, unknown> {
    return {
      [`${this.#prefix}Initializer`]: this.initializer,
      [`${this.#prefix}Regularizer`]: this.regularizer,
      [`${this.#prefix}Constraint`]: this.constraint,
    };
  }
}
