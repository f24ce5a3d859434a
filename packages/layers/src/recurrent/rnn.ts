import {
  formatShape,
  nameScope,
  ops,
  ShapeError,
  type SymbolicShape,
  type Tensor,
  ValueError,
  Variable,
} from '@ibex/tensor';
import { type Options, shapesOf } from '../core/call-arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions, ShapeTree } from '../core/types.js';
import { ProjectedCell, type RnnCell, type StateSize, type States } from './cell.js';
import { StackedRNNCells } from './stacked-cells.js';
import { flattenStates, initialStates, mapStates, outputSizeOf, stateShapes } from './states.js';

export interface RNNOptions extends LayerOptions {
  /** Whether the outputs of all steps are given, and not just the last. Default false. */
  readonly returnSequences?: boolean | undefined;
  /** Whether the last states are given too: `[output, ...states]`. Default false. */
  readonly returnState?: boolean | undefined;
  /** Whether sequences are run from their end; outputs come in this order. Default false. */
  readonly goBackwards?: boolean | undefined;
  /** Whether a batch begins with the last states of the one before. Default false. */
  readonly stateful?: boolean | undefined;
  /** Kept for configurations: programs are always unrolled or fused. */
  readonly unroll?: boolean | undefined;
  /** Whether steps that a mask leaves out give zeros, and not the output before. Default false. */
  readonly zeroOutputForMask?: boolean | undefined;
}

export interface RNNCallOptions extends CallOptions {
  /** The states before the first step. Default: zeros (or, for a stateful layer, the last ones). */
  readonly initialState?: States | null | undefined;
}

/** What running a sequence gives. */
export interface SequenceResult {
  /** Of every step, `[batch, steps, units]`, in the order of running. */
  readonly outputs: Tensor;
  readonly last: Tensor;
  readonly states: States;
}

/** What is to be run. */
export interface Sequence {
  /** `[batch, steps, …]` */
  readonly inputs: Tensor;
  readonly initial: readonly States[];
  /** `[batch, steps]`, bool */
  readonly mask: Tensor | null;
  readonly training: boolean;
}

/** Runs a cell over the steps of `[batch, steps, …]`. After `keras.layers.RNN`. */
export class RNN extends Layer {
  static override readonly configArguments: readonly string[] = ['cell'];
  static override readonly buildArguments = ['sequencesShape', 'initialStateShape'];

  readonly cell: RnnCell;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly unroll: boolean;
  zeroOutputForMask: boolean;
  #states: readonly Variable[] | null = null;

  /** Throws `ValueError` for a cell that does not tell the sizes of its states. */
  constructor(cell: RnnCell | readonly RnnCell[], options: RNNOptions = {}) {
    super(options);
    const single = Array.isArray(cell) ? new StackedRNNCells(cell) : (cell as RnnCell);
    if (!(single instanceof Layer) || (single as Partial<RnnCell>).stateSize === undefined) {
      throw new ValueError(
        'RNN takes a cell: a layer with call(inputs, states) and a stateSize, or a list of them.',
      );
    }
    this.cell = single;
    this.returnSequences = options.returnSequences ?? false;
    this.returnState = options.returnState ?? false;
    this.goBackwards = options.goBackwards ?? false;
    this.stateful = options.stateful ?? false;
    this.unroll = options.unroll ?? false;
    this.zeroOutputForMask = options.zeroOutputForMask ?? false;
    this.supportsMasking = true;
  }

  /** The states that a stateful layer keeps; `null` for others, and before it is built. */
  get states(): readonly Variable[] | null {
    return this.#states;
  }

  override build(sequencesShape: SymbolicShape): void {
    const [batch = null] = sequencesShape;
    if (!this.cell.built) this.cell.build([batch, ...sequencesShape.slice(2)] as never);
    if (!this.stateful) return;
    if (batch === null) {
      throw new ShapeError(
        `Layer '${this.name}' is stateful: the size of its batches must be known, but got shape ${formatShape(sequencesShape)}. Give the batch's size to Input, or call the layer on data.`,
      );
    }
    this.#states = flattenStates(initialStates(this.cell, batch)).map(
      (value) =>
        new Variable(value, {
          trainable: false,
          dtype: this.variableDtype,
          name: 'rnn_state',
          autocast: false,
        }),
    );
  }

  override call(inputs: Tensor, options: RNNCallOptions): Tensor | Tensor[] {
    const { training, mask, initialState } = options;
    if (inputs.rank < 3 || inputs.shape[1] === 0) {
      throw new ShapeError(
        `Layer '${this.name}' takes [batch, steps, …] with a step at least, got ${formatShape(inputs.shape)}.`,
      );
    }
    const initial = this.#initial(inputs.shape[0]!, initialState ?? null);
    const result = this.run({
      inputs,
      initial,
      mask: mask === null ? null : ops.cast(mask, 'bool'),
      training,
    });
    const states = flattenStates(result.states);
    this.#states?.forEach((variable, i) => variable.assign(ops.stopGradient(states[i]!)));
    const output = ops.cast(this.returnSequences ? result.outputs : result.last, this.computeDtype);
    return this.returnState ? [output, ...states.map((state) => ops.cast(state, this.computeDtype))] : output;
  }

  /** Sets the states of a stateful layer to zeros. */
  resetState(): void {
    for (const variable of this.#states ?? [])
      variable.assign(ops.zeros(variable.shape, { dtype: variable.dtype }));
  }

  getInitialState(batchSize: number): States {
    return initialStates(this.cell, batchSize);
  }

  override computeMask(_inputs: unknown, mask: unknown): unknown {
    const outputMask = this.returnSequences ? (Array.isArray(mask) ? mask[0] : mask) : null;
    return this.returnState ? [outputMask, ...this.#stateSizes().map(() => null)] : outputMask;
  }

  override computeOutputShape(sequencesShape: SymbolicShape): ShapeTree {
    const [batch = null, steps = null] = sequencesShape;
    const size = outputSizeOf(this.cell);
    const output = this.returnSequences ? [batch, steps, size] : [batch, size];
    return this.returnState
      ? [output, ...this.#stateSizes().map((states) => stateShapes(states, batch) as ShapeTree)]
      : output;
  }

  /** Runs the steps one by one; subclasses know faster ways. */
  protected run(sequence: Sequence): SequenceResult {
    const cells = [this.cell, ...(this.cell instanceof StackedRNNCells ? this.cell.cells : [])];
    const projected = cells.filter((cell): cell is RnnCell & ProjectedCell => cell instanceof ProjectedCell);
    return projected.reduceRight(
      (body, cell) => () => cell.withSequence(body),
      () => this.#runSteps(sequence),
    )();
  }

  #runSteps({ inputs, initial, mask, training }: Sequence): SequenceResult {
    const { cell } = this;
    const count = inputs.shape[1]!;
    const ordered = (steps: Tensor[]): Tensor[] => (this.goBackwards ? steps.reverse() : steps);
    const isProjected = cell instanceof ProjectedCell;
    const sequence = isProjected ? nameScope(cell.name, () => cell.project(inputs, training)) : inputs;
    const steps = ordered(ops.unstack(sequence, count, 1));
    const masks = mask ? ordered(ops.unstack(mask, count, 1)).map((step) => ops.expandDims(step, -1)) : null;

    let states: States = initial;
    const outputs = steps.map((step, i) => {
      let [output, next] = isProjected
        ? this.#advance(cell, step, states, training)
        : this.#callCell(step, states, training);
      const counted = masks?.[i];
      if (counted) {
        const before = this.zeroOutputForMask ? ops.zerosLike(output) : flattenStates(states)[0]!;
        output = ops.where(counted, output, before);
        next = mapStates(next, (after, previous) => ops.where(counted, after, previous), states);
      }
      states = next;
      return output;
    });
    return { outputs: ops.stack(outputs, 1), last: outputs.at(-1)!, states };
  }

  #advance(cell: ProjectedCell, step: Tensor, states: States, training: boolean): [Tensor, States] {
    const { output, states: next } = nameScope(cell.name, () =>
      cell.advance(step, states as readonly Tensor[], training),
    );
    return [output, next];
  }

  #callCell(step: Tensor, states: States, training: boolean): [Tensor, States] {
    const [output, next] = this.cell.invoke(step, states, { training }) as [Tensor, States];
    return [output, Array.isArray(next) ? next : [next]];
  }

  #initial(batch: number, given: States | null): readonly States[] {
    if (this.#states && (this.#states[0]?.shape[0] ?? batch) !== batch) {
      throw new ShapeError(
        `Layer '${this.name}' is stateful with batches of ${this.#states[0]?.shape[0]}, but got one of ${batch}.`,
      );
    }
    const kept = this.#states?.map(({ value }) => value);
    const zeros = initialStates(this.cell, batch);
    const structure = Array.isArray(zeros) ? (zeros as readonly States[]) : [zeros];
    if (given === null && !kept) return structure;
    const leaves = given === null ? kept! : flattenStates(given);
    const wanted = flattenStates(structure);
    const misfit =
      wanted.length !== leaves.length || wanted.some((state, i) => state.size !== leaves[i]!.size);
    if (misfit) {
      throw new ShapeError(
        `Layer '${this.name}' needs initial states of shapes ${wanted.map(({ shape }) => formatShape(shape)).join(', ')}, got ${leaves.map(({ shape }) => formatShape(shape)).join(', ')}.`,
      );
    }
    let next = 0;
    return mapStates(structure, (state) => ops.cast(leaves[next++]!, state.dtype)) as readonly States[];
  }

  #stateSizes(): readonly StateSize[] {
    const { stateSize } = this.cell;
    return typeof stateSize === 'number' ? [stateSize] : stateSize;
  }

  protected override buildShapesFor(positional: readonly unknown[], _options: Options): unknown[] {
    return [shapesOf(positional[0], this.keepsBatchSize)];
  }

  protected override get keepsBatchSize(): boolean {
    return this.stateful;
  }

  override getConfig(): Record<string, unknown> {
    const { returnSequences, returnState, goBackwards, stateful, unroll, zeroOutputForMask, cell } = this;
    return {
      ...super.getConfig(),
      returnSequences,
      returnState,
      goBackwards,
      stateful,
      unroll,
      zeroOutputForMask,
      cell,
    };
  }
}
