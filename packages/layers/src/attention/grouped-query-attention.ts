import { ops, type SymbolicShape, type Tensor, ValueError } from '@ibex/tensor';
import type { EinsumDense } from '../core/einsum-dense.js';
import { positiveInteger } from '../core/weights.js';
import { type HeadEquations, HeadsLayer, type HeadsOptions, type Projections } from './heads.js';

const EQUATIONS: HeadEquations = {
  scores: (key, query) => ops.einsum('bquh,bkuh->buqk', query, key),
  combine: (weights, value) => ops.einsum('buqk,bkuh->bquh', weights, value),
  attendedAxes: 1,
};

/**
 * Attention whose heads of queries share heads of keys and values, some of them each.
 * After `keras.layers.GroupQueryAttention`.
 */
export class GroupedQueryAttention extends HeadsLayer {
  static override readonly configArguments = ['headDim', 'numQueryHeads', 'numKeyValueHeads'];

  readonly headDim: number;
  readonly numQueryHeads: number;
  readonly numKeyValueHeads: number;
  protected _queryDense!: EinsumDense;
  protected _keyDense!: EinsumDense;
  protected _gateDense: EinsumDense | null = null;
  protected _valueDense!: EinsumDense;
  protected _outputDense!: EinsumDense;

  /** Throws `ValueError` unless the heads of queries divide by those of keys and values. */
  constructor(headDim: number, numQueryHeads: number, numKeyValueHeads: number, options: HeadsOptions = {}) {
    super(options);
    this.headDim = positiveInteger('headDim', headDim);
    this.numQueryHeads = positiveInteger('numQueryHeads', numQueryHeads);
    this.numKeyValueHeads = positiveInteger('numKeyValueHeads', numKeyValueHeads);
    if (numQueryHeads % numKeyValueHeads !== 0) {
      throw new ValueError(
        `numQueryHeads must be a multiple of numKeyValueHeads, got ${numQueryHeads} and ${numKeyValueHeads}.`,
      );
    }
  }

  override build(
    queryShape: SymbolicShape,
    valueShape: SymbolicShape,
    keyShape: SymbolicShape = valueShape,
  ): void {
    this.checkShapes(valueShape, keyShape);
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    const project = (
      name: string,
      of: string,
      shape: SymbolicShape,
      heads: number,
      activation?: string,
    ): EinsumDense =>
      this.makeProjection(name, of, [null, heads, headDim], shape, { biasAxes: of.slice(-2), activation });
    this._queryDense = project('query', 'bqm,muh->bquh', queryShape, numQueryHeads);
    this._keyDense = project('key', 'bkm,mvh->bkvh', keyShape, numKeyValueHeads);
    if (this.useGate)
      this._gateDense = project('gate', 'bqm,muh->bquh', queryShape, numQueryHeads, 'sigmoid');
    this._valueDense = project('value', 'bkm,mvh->bkvh', valueShape, numKeyValueHeads);
    this.makeWeighing([-1]);
    this._outputDense = this.makeProjection(
      'attention_output',
      'bquh,uhm->bqm',
      [null, queryShape.at(-1)!],
      [null, null, numQueryHeads, headDim],
      { biasAxes: 'm' },
    );
  }

  protected override get projections(): Projections {
    const {
      _queryDense: query,
      _keyDense: key,
      _valueDense: value,
      _gateDense: gate,
      _outputDense: output,
    } = this;
    return { query, key, value, gate, output };
  }

  protected override get equations(): HeadEquations {
    return EQUATIONS;
  }

  protected override get scoreScale(): number {
    return 1 / Math.sqrt(this.headDim);
  }

  protected override repeatHeads(x: Tensor): Tensor {
    return ops.repeat(x, this.numQueryHeads / this.numKeyValueHeads, 2);
  }

  override getConfig(): Record<string, unknown> {
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    return { ...super.getConfig(), headDim, numQueryHeads, numKeyValueHeads };
  }
}

export { GroupedQueryAttention as GroupQueryAttention };
