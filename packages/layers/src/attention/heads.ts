import { getMask, type KerasTensor, ops, type SymbolicShape, type Tensor, ValueError } from '@ibex/tensor';
import { Softmax } from '../activation/activations.js';
import { rateOf } from '../arguments.js';
import { type Options, shapesOf } from '../core/call-arguments.js';
import { EinsumDense, type EinsumDenseOptions } from '../core/einsum-dense.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions, LayerCallOptions } from '../core/types.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { positiveInteger } from '../core/weights.js';
import { Initializer, type InitializerFunction } from '../initializers/index.js';
import { Dropout } from '../regularization/dropout.js';
import { causalMask, combineMasks, windowMask } from './masks.js';

export interface HeadsOptions
  extends LayerOptions,
    WeightSettingsOptions<'kernel'>,
    WeightSettingsOptions<'bias'> {
  /** The share of weights that is dropped in training. Default 0. */
  readonly dropout?: number | undefined;
  /** Default true. */
  readonly useBias?: boolean | undefined;
  /** Whether the heads' outputs are multiplied by a learned gate of the query. Default false. */
  readonly useGate?: boolean | undefined;
  /** How far keys may lie from a query. Default: anywhere. */
  readonly slidingWindow?: number | null | undefined;
  readonly seed?: number | null | undefined;
}

export interface HeadsCallOptions extends CallOptions {
  /** Default: the value. */
  readonly key?: Tensor | null | undefined;
  /** Which keys each query sees: `[batch, queries, keys]`. */
  readonly attentionMask?: Tensor | null | undefined;
  /** Which steps count: `[batch, queries]`. Default: the masks that the tensors carry. */
  readonly queryMask?: Tensor | null | undefined;
  readonly valueMask?: Tensor | null | undefined;
  readonly keyMask?: Tensor | null | undefined;
  /** Whether the weights are given too: `[output, weights]`. Default false. */
  readonly returnAttentionScores?: boolean | undefined;
  /** Whether queries see no keys after their own position. Default false. */
  readonly useCausalMask?: boolean | undefined;
}

/** What an attention over projected heads consists of. */
export interface HeadEquations {
  readonly scores: (key: Tensor, query: Tensor) => Tensor;
  readonly combine: (weights: Tensor, value: Tensor) => Tensor;
  /** How many axes are attended over. */
  readonly attendedAxes: number;
}

/** The dense layers of an attention. */
export interface Projections {
  readonly query: EinsumDense;
  readonly key: EinsumDense;
  readonly value: EinsumDense;
  readonly gate: EinsumDense | null;
  readonly output: EinsumDense;
}

/** What attentions with several heads have in common: projections, masks, the weighing of values. */
export abstract class HeadsLayer extends Layer {
  static override readonly buildArguments = ['queryShape', 'valueShape', 'keyShape'];

  readonly dropout: number;
  readonly useBias: boolean;
  readonly useGate: boolean;
  readonly slidingWindow: number | null;
  readonly seed: number | null;
  readonly #kernelSettings: WeightSettings;
  readonly #biasSettings: WeightSettings;
  protected _softmax!: Softmax;
  protected _dropoutLayer!: Dropout;

  constructor(options: HeadsOptions) {
    super(options);
    this.dropout = rateOf('dropout', options.dropout ?? 0);
    this.useBias = options.useBias ?? true;
    this.useGate = options.useGate ?? false;
    this.slidingWindow = options.slidingWindow
      ? positiveInteger('slidingWindow', options.slidingWindow)
      : null;
    this.seed = options.seed ?? null;
    this.#kernelSettings = new WeightSettings('kernel', options, 'glorot_uniform');
    this.#biasSettings = new WeightSettings('bias', options, 'zeros');
    this.supportsMasking = true;
  }

  /**
   * The projections, of a layer that is built. Each class has them in attributes of the names that Keras gives them:
   * their weights lie under these names in files.
   */
  protected abstract get projections(): Projections;

  /** The equations, known when the layer is built. */
  protected abstract get equations(): HeadEquations;

  /** What scores are multiplied by. */
  protected abstract get scoreScale(): number;

  /** Keys or values with as many heads as the queries have. */
  protected abstract repeatHeads(x: Tensor): Tensor;

  override call(
    query: Tensor,
    value: Tensor,
    ...rest: readonly [HeadsCallOptions] | readonly [Tensor, HeadsCallOptions]
  ): Tensor | Tensor[] {
    const options = rest.at(-1) as HeadsCallOptions;
    const key = rest.length === 2 ? rest[0] : (options.key ?? value);
    const { training, returnAttentionScores = false, useCausalMask = false } = options;
    const queryMask = options.queryMask ?? getMask(query) ?? null;
    const valueMask = options.valueMask ?? getMask(value) ?? null;
    const keyMask = options.keyMask ?? (key === value ? null : (getMask(key) ?? null));
    const [queries, keys] = [query.shape[1] ?? 1, value.shape[1] ?? 1];
    const weightsUsed = returnAttentionScores || (this.dropout > 0 && training) || query.rank !== 3;
    const mask = combineMasks({
      query: queryMask,
      value: valueMask,
      key: keyMask,
      attention: options.attentionMask ?? null,
      others: [
        ...(useCausalMask && weightsUsed ? [causalMask(queries, keys)] : []),
        ...(this.slidingWindow === null ? [] : [windowMask(queries, keys, this.slidingWindow)]),
      ],
    });
    const dense = this.projections;
    const project = (layer: EinsumDense, x: Tensor): Tensor => layer.invoke(x, { training }) as Tensor;
    const [q, k, v] = [project(dense.query, query), project(dense.key, key), project(dense.value, value)];
    const [output, weights] = weightsUsed
      ? this.#weigh(q, this.repeatHeads(k), this.repeatHeads(v), mask, training)
      : [this.#attend(q, k, v, mask, useCausalMask)];
    const gated = dense.gate ? output.mul(project(dense.gate, query)) : output;
    const result = project(dense.output, gated);
    return returnAttentionScores ? [result, weights!] : result;
  }

  /** The queries' mask; the others only matter within. */
  override computeMask(_inputs: unknown, mask: unknown): unknown {
    return mask;
  }

  /** Attention whose weights nobody sees, so that they need not be in memory. */
  #attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null, isCausal: boolean): Tensor {
    const options = { mask: mask && this.#forHeads(mask, 4), scale: this.scoreScale, isCausal };
    return ops.dotProductAttention(query, key, value, options);
  }

  /** Attention step by step: its output and its weights before dropout. */
  #weigh(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | null,
    training: boolean,
  ): [Tensor, Tensor] {
    const { scores: score, combine } = this.equations;
    const scores = score(key, query.mul(this.scoreScale));
    const weights = this._softmax.invoke(scores, {
      mask: mask && this.#forHeads(mask, scores.rank),
    }) as Tensor;
    const used = this.dropout > 0 ? (this._dropoutLayer.invoke(weights, { training }) as Tensor) : weights;
    return [combine(used, value), weights];
  }

  #forHeads(mask: Tensor, rank: number): Tensor {
    return withAxes(mask, rank, -this.equations.attendedAxes * 2 - 1);
  }

  /** A projection, built for inputs of `shape`. Each has initial values of its own. */
  protected makeProjection(
    name: string,
    equation: string,
    outputShape: SymbolicShape,
    shape: SymbolicShape,
    { biasAxes, activation }: Pick<EinsumDenseOptions, 'biasAxes' | 'activation'>,
  ): EinsumDense {
    const dense = new EinsumDense(equation, outputShape, {
      name,
      activation,
      biasAxes: this.useBias ? biasAxes : null,
      dtype: this.dtypePolicy,
      kernelInitializer: fresh(this.#kernelSettings.initializer),
      kernelRegularizer: this.#kernelSettings.regularizer,
      kernelConstraint: this.#kernelSettings.constraint,
      biasInitializer: fresh(this.#biasSettings.initializer),
      biasRegularizer: this.#biasSettings.regularizer,
      biasConstraint: this.#biasSettings.constraint,
    });
    dense.supportsMasking = true; // this layer heeds the masks of its inputs
    dense.build(shape);
    return dense;
  }

  protected makeWeighing(axes: readonly number[]): void {
    this._softmax = new Softmax({ axis: axes, dtype: this.dtypePolicy });
    this._dropoutLayer = new Dropout(this.dropout, { dtype: this.dtypePolicy, seed: this.seed });
  }

  protected checkShapes(valueShape: SymbolicShape, keyShape: SymbolicShape): void {
    const middle = (shape: SymbolicShape): string => JSON.stringify(shape.slice(1, -1));
    if (middle(valueShape) !== middle(keyShape)) {
      throw new ValueError(
        `Layer '${this.name}' needs values and keys that agree in all but the last axis, got ${JSON.stringify(valueShape)} and ${JSON.stringify(keyShape)}.`,
      );
    }
  }

  protected override buildShapesFor(positional: readonly unknown[], options: Options): unknown[] {
    if (positional[1] === undefined) {
      throw new ValueError(
        `Layer '${this.name}' is called with a query and a value: layer(query, value, { key }).`,
      );
    }
    const key = positional[2] ?? options['key'];
    const given = [positional[0], positional[1], ...(key ? [key] : [])];
    return given.map((tensor) => shapesOf(tensor, false));
  }

  override getConfig(): Record<string, unknown> {
    const { dropout, useBias, useGate, slidingWindow, seed } = this;
    return {
      ...super.getConfig(),
      dropout,
      useBias,
      useGate,
      slidingWindow,
      ...this.#kernelSettings.getConfig(),
      ...this.#biasSettings.getConfig(),
      activityRegularizer: this.activityRegularizer,
      seed,
    };
  }
}

/** `mask` with axes of extent 1 inserted at `axis` until it has `rank`. */
function withAxes(mask: Tensor, rank: number, axis: number): Tensor {
  let spread = mask;
  while (spread.rank < rank) spread = ops.expandDims(spread, axis);
  return spread;
}

function fresh(initializer: InitializerFunction): InitializerFunction {
  return initializer instanceof Initializer ? initializer.clone() : initializer;
}

/** What a call takes besides queries and values. */
export interface HeadsArguments<T> extends LayerCallOptions {
  readonly key?: T | null | undefined;
  readonly attentionMask?: T | null | undefined;
  readonly queryMask?: T | null | undefined;
  readonly valueMask?: T | null | undefined;
  readonly keyMask?: T | null | undefined;
  readonly returnAttentionScores?: boolean | undefined;
  readonly useCausalMask?: boolean | undefined;
}

export interface HeadsLayer {
  (
    query: KerasTensor,
    value: KerasTensor,
    options: HeadsArguments<KerasTensor> & { returnAttentionScores: true },
  ): [KerasTensor, KerasTensor];
  (
    query: Tensor,
    value: Tensor,
    options: HeadsArguments<Tensor> & { returnAttentionScores: true },
  ): [Tensor, Tensor];
  (
    query: KerasTensor,
    value: KerasTensor,
    key: KerasTensor,
    options?: HeadsArguments<KerasTensor>,
  ): KerasTensor;
  (query: Tensor, value: Tensor, key: Tensor, options?: HeadsArguments<Tensor>): Tensor;
}
