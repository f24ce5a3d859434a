import {
  ops,
  random,
  SeedGenerator,
  type SymbolicShape,
  type Tensor,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import { oneOf, rateOf } from '../arguments.js';
import { isShape } from '../core/call-arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';
import { knownExtent } from '../core/weights.js';
import { causalMask } from './masks.js';

export interface AttentionOptions extends LayerOptions {
  /** Whether scores are scaled by a learned factor. Default false. */
  readonly useScale?: boolean | undefined;
  /** The product of query and key (`'dot'`, default), or the sum of tanh of their sum (`'concat'`). */
  readonly scoreMode?: 'dot' | 'concat' | undefined;
  /** The share of weights that is dropped in training. Default 0. */
  readonly dropout?: number | undefined;
  readonly seed?: number | null | undefined;
}

export interface AttentionCallOptions extends CallOptions<readonly (Tensor | null)[] | null> {
  /** Whether the weights are given too: `[output, weights]`. Default false. */
  readonly returnAttentionScores?: boolean | undefined;
  /** Whether queries see no keys after their own position. Default false. */
  readonly useCausalMask?: boolean | undefined;
}

/**
 * Dot-product attention on `[query, value]` or `[query, value, key]`: of `[batch, queries, features]` and
 * `[batch, keys, features]`, gives `[batch, queries, features]`. After `keras.layers.Attention`.
 */
export class Attention extends Layer {
  readonly useScale: boolean;
  readonly scoreMode: 'dot' | 'concat';
  readonly dropout: number;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator | null;
  scale: Variable | null = null;
  concatScoreWeight: Variable | null = null;

  constructor(options: AttentionOptions = {}) {
    super(options);
    this.useScale = options.useScale ?? false;
    this.scoreMode = oneOf('scoreMode', options.scoreMode ?? 'dot', ['dot', 'concat']);
    this.dropout = rateOf('dropout', options.dropout ?? 0);
    this.seed = options.seed ?? null;
    this.seedGenerator = this.dropout > 0 ? new SeedGenerator(this.seed) : null;
    this.supportsMasking = true;
  }

  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes);
    if (this.useScale) this.scale = this.addWeight({ name: 'scale', initializer: 'ones' });
    if (this.scoreMode === 'concat') {
      this.concatScoreWeight = this.addWeight({ name: 'concat_score_weight', initializer: 'ones' });
    }
  }

  override call(inputs: readonly Tensor[], options: AttentionCallOptions): Tensor | Tensor[] {
    const { training, mask, returnAttentionScores = false, useCausalMask = false } = options;
    const [query, value, key = value] = inputs as [Tensor, Tensor, Tensor?];
    const [queryMask = null, valueMask = null] = mask ?? [];
    const scores = this.scores(query, key);
    const weights = ops.softmax(this.#hide(scores, valueMask, useCausalMask), -1);
    const used =
      training && this.seedGenerator
        ? random.dropout(weights, this.dropout, { seed: this.seedGenerator })
        : weights;
    const result = ops.matmul(used, value);
    const output = queryMask ? ops.where(ops.expandDims(ops.cast(queryMask, 'bool'), -1), result, 0) : result;
    return returnAttentionScores ? [output, used] : output;
  }

  override computeMask(_inputs: unknown, mask: unknown): unknown {
    return Array.isArray(mask) ? mask[0] : null;
  }

  /** How much each query has to do with each key: `[batch, queries, keys]`. */
  protected scores(query: Tensor, key: Tensor): Tensor {
    if (this.scoreMode === 'dot') {
      const product = ops.matmul(query, ops.swapaxes(key, -2, -1));
      return this.scale ? ops.multiply(product, this.scale) : product;
    }
    const sum = ops.expandDims(query, -2).add(ops.expandDims(key, -3));
    const scaled = this.scale ? ops.multiply(this.scale, sum) : sum;
    return ops.multiply(this.concatScoreWeight!, ops.sum(ops.tanh(scaled), -1));
  }

  #hide(scores: Tensor, valueMask: Tensor | null, useCausalMask: boolean): Tensor {
    let visible = valueMask ? ops.expandDims(ops.cast(valueMask, 'bool'), -2) : null;
    if (useCausalMask) {
      const past = causalMask(scores.shape.at(-2) ?? 1, scores.shape.at(-1) ?? 1);
      visible = visible ? visible.logicalAnd(past) : past;
    }
    if (!visible) return scores;
    return ops.where(visible, scores, scores.sub(scores.dtype === 'float16' ? 65504 : 1e9));
  }

  protected checkList(inputShapes: unknown): void {
    const count = Array.isArray(inputShapes) && inputShapes.every(isShape) ? inputShapes.length : 0;
    if (count !== 2 && count !== 3) {
      throw new ValueError(
        `Layer '${this.name}' takes a list [query, value] or [query, value, key], got the shape(s) ${JSON.stringify(inputShapes)}.`,
      );
    }
  }

  override getConfig(): Record<string, unknown> {
    const { useScale, scoreMode, dropout, seed } = this;
    return { ...super.getConfig(), useScale, scoreMode, dropout, seed };
  }
}

/** Attention with scores `Σ scale · tanh(query + key)`. After `keras.layers.AdditiveAttention`. */
export class AdditiveAttention extends Attention {
  constructor(options: Omit<AttentionOptions, 'scoreMode'> = {}) {
    super({ ...options, useScale: options.useScale ?? true, scoreMode: 'dot' });
  }

  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes);
    if (!this.useScale) return;
    const features = knownExtent(this, inputShapes[0]!, -1);
    this.scale = this.addWeight({ name: 'scale', shape: [features], initializer: 'glorot_uniform' });
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const sum = ops.tanh(ops.expandDims(query, -2).add(ops.expandDims(key, -3)));
    return ops.sum(this.scale ? ops.multiply(this.scale, sum) : sum, -1);
  }

  override getConfig(): Record<string, unknown> {
    const { scoreMode: _, ...config } = super.getConfig();
    return config;
  }
}
