import { ops, type SymbolicShape, type Tensor } from '@ibex/tensor';
import type { EinsumDense } from '../core/einsum-dense.js';
import { positiveInteger } from '../core/weights.js';
import { type HeadEquations, HeadsLayer, type HeadsOptions, type Projections } from './heads.js';

export interface MultiHeadAttentionOptions extends HeadsOptions {
  /** The size of each head's values. Default: that of the keys. */
  readonly valueDim?: number | null | undefined;
  /** The output's shape after the attended axes. Default: the query's last extent. */
  readonly outputShape?: number | readonly number[] | null | undefined;
  /** The axes that are attended over. Default: all but the batch, the heads and the features. */
  readonly attentionAxes?: number | readonly number[] | null | undefined;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The equation that projects `bound` axes after `free` ones to `made` new ones, and the new axes' letters. */
function projection(
  free: number,
  bound: number,
  made: number,
): { equation: string; biasAxes: string; rank: number } {
  const kept = LETTERS.slice(0, free);
  const summed = LETTERS.slice(free, free + bound);
  const fresh = LETTERS.slice(free + bound, free + bound + made);
  return {
    equation: `${kept}${summed},${summed}${fresh}->${kept}${fresh}`,
    biasAxes: fresh,
    rank: free + made,
  };
}

/** The equations of scores and of their use, for projected tensors of a rank and the axes that are attended over. */
function attentionEquations(
  rank: number,
  axes: readonly number[],
): { scores: string; combine: string; rank: number } {
  const target = LETTERS.slice(0, rank);
  let next = rank;
  const source = [...target].map((letter, i) => (axes.includes(i) ? LETTERS[next++]! : letter)).join('');
  const batch = [...target].filter((_, i) => !axes.includes(i) && i !== rank - 1);
  const at = (letters: string): string[] => axes.map((axis) => letters[axis]!);
  const product = [...batch, ...at(target), ...at(source)].join('');
  return {
    scores: `${source},${target}->${product}`,
    combine: `${product},${source}->${target}`,
    rank: product.length,
  };
}

/**
 * Attention of `[batch, queries, features]` to `[batch, keys, features]`, by several heads side by side:
 * `layer(query, value, { key, attentionMask, useCausalMask })`. After `keras.layers.MultiHeadAttention`.
 */
export class MultiHeadAttention extends HeadsLayer {
  static override readonly configArguments = ['numHeads', 'keyDim'];

  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly #outputShape: readonly number[] | null;
  #attentionAxes: readonly number[] | null;
  #equations!: HeadEquations;
  queryDense!: EinsumDense;
  keyDense!: EinsumDense;
  protected _gateDense: EinsumDense | null = null;
  valueDense!: EinsumDense;
  outputDense!: EinsumDense;

  constructor(numHeads: number, keyDim: number, options: MultiHeadAttentionOptions = {}) {
    super(options);
    this.numHeads = positiveInteger('numHeads', numHeads);
    this.keyDim = positiveInteger('keyDim', keyDim);
    this.valueDim = positiveInteger('valueDim', options.valueDim ?? keyDim);
    const { outputShape = null, attentionAxes = null } = options;
    this.#outputShape = typeof outputShape === 'number' ? [outputShape] : outputShape;
    this.#attentionAxes = typeof attentionAxes === 'number' ? [attentionAxes] : attentionAxes;
  }

  get attentionAxes(): readonly number[] | null {
    return this.#attentionAxes;
  }

  override build(
    queryShape: SymbolicShape,
    valueShape: SymbolicShape,
    keyShape: SymbolicShape = valueShape,
  ): void {
    this.checkShapes(valueShape, keyShape);
    const { numHeads, keyDim, valueDim } = this;
    this.queryDense = this.#project('query', queryShape, keyDim);
    this.keyDense = this.#project('key', keyShape, keyDim);
    if (this.useGate) this._gateDense = this.#project('gate', queryShape, valueDim, 'sigmoid');
    this.valueDense = this.#project('value', valueShape, valueDim);
    this.#buildAttention(valueShape.length + 1);

    const last = this.#outputShape ?? [queryShape.at(-1)!];
    const { equation, biasAxes, rank } = projection(queryShape.length - 1, 2, last.length);
    const outputShape = [...new Array<null>(rank - 1 - last.length).fill(null), ...last];
    const shape = [...queryShape.slice(0, -1), numHeads, valueDim];
    this.outputDense = this.makeProjection('attention_output', equation, outputShape, shape, { biasAxes });
  }

  #project(name: string, shape: SymbolicShape, size: number, activation?: string): EinsumDense {
    const { equation, biasAxes, rank } = projection(shape.length - 1, 1, 2);
    const outputShape = [...new Array<null>(rank - 3).fill(null), this.numHeads, size];
    return this.makeProjection(name, equation, outputShape, shape, { biasAxes, activation });
  }

  #buildAttention(rank: number): void {
    const axes = this.#attentionAxes?.map((axis) => (axis < 0 ? axis + rank - 1 : axis));
    this.#attentionAxes = axes ?? Array.from({ length: rank - 3 }, (_, i) => i + 1);
    const { scores, combine, rank: scoresRank } = attentionEquations(rank, this.#attentionAxes);
    const attendedAxes = this.#attentionAxes.length;
    this.#equations = {
      scores: (key, query) => ops.einsum(scores, key, query),
      combine: (weights, value) => ops.einsum(combine, weights, value),
      attendedAxes,
    };
    this.makeWeighing(Array.from({ length: attendedAxes }, (_, i) => scoresRank - attendedAxes + i));
  }

  protected override get projections(): Projections {
    const {
      queryDense: query,
      keyDense: key,
      valueDense: value,
      _gateDense: gate,
      outputDense: output,
    } = this;
    return { query, key, value, gate, output };
  }

  protected override get equations(): HeadEquations {
    return this.#equations;
  }

  protected override get scoreScale(): number {
    return 1 / Math.sqrt(this.keyDim);
  }

  protected override repeatHeads(x: Tensor): Tensor {
    return x;
  }

  override getConfig(): Record<string, unknown> {
    const { numHeads, keyDim, valueDim } = this;
    return {
      ...super.getConfig(),
      numHeads,
      keyDim,
      valueDim,
      outputShape: this.#outputShape,
      attentionAxes: this.#attentionAxes,
    };
  }
}
