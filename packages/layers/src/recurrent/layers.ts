import { ops, type Tensor } from '@ibex/tensor';
import { InputSpec } from '../core/input-spec.js';
import type { ProjectedCell, States } from './cell.js';
import { GRUCell, type GRUCellOptions } from './gru-cell.js';
import { LSTMCell, type LSTMCellOptions } from './lstm-cell.js';
import { RNN, type RNNOptions, type Sequence, type SequenceResult } from './rnn.js';
import { SimpleRNNCell, type SimpleRNNCellOptions } from './simple-rnn-cell.js';

/** What a layer of one built-in cell is configured by: the layer's options, and the cell's. */
abstract class BuiltInRNN<Cell extends ProjectedCell> extends RNN {
  static override readonly configArguments = ['units'];
  declare readonly cell: Cell & RNN['cell'];

  constructor(cell: Cell, options: RNNOptions) {
    super(cell, options);
    this.inputSpec = new InputSpec({ ndim: 3 });
  }

  get units(): number {
    return this.cell.units;
  }

  override getConfig(): Record<string, unknown> {
    const { cell: _cell, ...config } = super.getConfig();
    const { name: _name, trainable: _trainable, dtype: _dtype, ...ofCell } = this.cell.getConfig();
    return { ...config, ...ofCell, activityRegularizer: this.activityRegularizer };
  }
}

/** The options of a layer that its cell takes. */
function cellOptions<T extends object>(options: T, name: string): T & { name: string } {
  return { ...options, name, activityRegularizer: undefined };
}

/** The result of a fused primitive from the hidden states at their steps. */
function fusedResult(
  layer: RNN,
  sequence: Sequence,
  hs: Tensor,
  statesAt: (hs: Tensor) => States,
): SequenceResult {
  const states = statesAt(hs);
  const { mask } = sequence;
  const shown = mask && layer.zeroOutputForMask ? ops.where(ops.expandDims(mask, -1), hs, 0) : hs;
  const outputs = layer.goBackwards ? ops.flip(shown, 1) : shown;
  return { outputs, last: lastOf(layer, shown), states };
}

/** Of the step that was run last. */
function lastOf(layer: RNN, sequence: Tensor): Tensor {
  return ops.index(sequence, ':', layer.goBackwards ? 0 : -1);
}

export interface LSTMOptions extends RNNOptions, Omit<LSTMCellOptions, keyof RNNOptions> {}

/** Long short-term memory over `[batch, steps, features]`. After `keras.layers.LSTM`. */
export class LSTM extends BuiltInRNN<LSTMCell> {
  constructor(units: number, options: LSTMOptions = {}) {
    super(new LSTMCell(units, cellOptions(options, 'lstm_cell')), options);
  }

  protected override run(sequence: Sequence): SequenceResult {
    const { cell } = this;
    if (!cell.isFusible || cell.recurrentDropout > 0) return super.run(sequence);
    const { inputs, initial, mask, training } = sequence;
    const projected = cell.withSequence(() => cell.project(inputs, training));
    const [kernel, h0, c0] = [cell.recurrentKernel.value, initial[0] as Tensor, initial[1] as Tensor].map(
      (x) => ops.cast(x, projected.dtype),
    ) as [Tensor, Tensor, Tensor];
    const [hs, cs] = ops.lstm(projected, kernel, h0, c0, mask ?? undefined, { reverse: this.goBackwards });
    return fusedResult(this, sequence, hs, () => [lastOf(this, hs), lastOf(this, cs)]);
  }
}

export interface GRUOptions extends RNNOptions, Omit<GRUCellOptions, keyof RNNOptions> {}

/** Gated recurrent units over `[batch, steps, features]`. After `keras.layers.GRU`. */
export class GRU extends BuiltInRNN<GRUCell> {
  constructor(units: number, options: GRUOptions = {}) {
    super(new GRUCell(units, cellOptions(options, 'gru_cell')), options);
  }

  protected override run(sequence: Sequence): SequenceResult {
    const { cell } = this;
    if (!cell.isFusible || cell.recurrentDropout > 0) return super.run(sequence);
    const { inputs, initial, mask, training } = sequence;
    const projected = cell.withSequence(() => cell.project(inputs, training));
    const bias = cell.recurrentBias() ?? ops.zeros([3 * cell.units]);
    const [kernel, recurrentBias, h0] = [cell.recurrentKernel.value, bias, initial[0] as Tensor].map((x) =>
      ops.cast(x, projected.dtype),
    ) as [Tensor, Tensor, Tensor];
    const [hs] = ops.gru(projected, kernel, recurrentBias, h0, mask ?? undefined, {
      reverse: this.goBackwards,
    });
    return fusedResult(this, sequence, hs, () => [lastOf(this, hs)]);
  }
}

export interface SimpleRNNOptions extends RNNOptions, Omit<SimpleRNNCellOptions, keyof RNNOptions> {}

/** A fully connected recurrent network over `[batch, steps, features]`. After `keras.layers.SimpleRNN`. */
export class SimpleRNN extends BuiltInRNN<SimpleRNNCell> {
  constructor(units: number, options: SimpleRNNOptions = {}) {
    super(new SimpleRNNCell(units, cellOptions(options, 'simple_rnn_cell')), options);
  }

  override getConfig(): Record<string, unknown> {
    const { seed: _seed, ...config } = super.getConfig();
    return config;
  }
}
