import { type SymbolicShape, type Tensor, ValueError } from '@ibex/tensor';
import { listOf } from '../arguments.js';
import { type Options, shapesOf } from '../core/call-arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';
import type { RnnCell, StateSize, States } from './cell.js';
import { initialStates, outputSizeOf } from './states.js';

/** Cells on top of each other, as one: each gets the output of the one before. After `keras.layers.StackedRNNCells`. */
export class StackedRNNCells extends Layer {
  static override readonly configArguments = ['cells'];

  readonly cells: readonly RnnCell[];

  /** Throws `ValueError` for cells that do not tell the sizes of their states. */
  constructor(cells: readonly RnnCell[], options: LayerOptions = {}) {
    super(options);
    if (cells.length === 0 || listOf('cells', cells).some((cell) => cell.stateSize === undefined)) {
      throw new ValueError(
        'StackedRNNCells takes a list of cells, each with a call() method and a stateSize.',
      );
    }
    this.cells = [...cells];
  }

  get stateSize(): StateSize {
    return this.cells.map((cell) => cell.stateSize);
  }

  get outputSize(): number {
    return outputSizeOf(this.cells.at(-1)!);
  }

  getInitialState(batchSize: number): States {
    return this.cells.map((cell) => initialStates(cell, batchSize));
  }

  override build(inputShape: SymbolicShape): void {
    let shape = inputShape;
    for (const cell of this.cells) {
      if (!cell.built) cell.build(shape as never);
      shape = [shape[0] ?? null, outputSizeOf(cell)];
    }
  }

  override call(inputs: Tensor, states: readonly States[], { training }: CallOptions): [Tensor, States] {
    let output = inputs;
    const next = this.cells.map((cell, i) => {
      const given = states[i]!;
      const list = Array.isArray(given) ? given : [given];
      const [result, after] = cell.invoke(output, list, { training }) as [Tensor, States];
      output = result;
      return Array.isArray(given) || !Array.isArray(after) ? after : (after[0] as States);
    });
    return [output, next];
  }

  protected override buildShapesFor(positional: readonly unknown[], _options: Options): unknown[] {
    return [shapesOf(positional[0], false)];
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), cells: this.cells };
  }
}
