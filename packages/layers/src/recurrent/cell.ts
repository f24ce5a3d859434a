import { ops, random, SeedGenerator, type SymbolicShape, type Tensor, type Variable } from '@ibex/tensor';
import * as activations from '../activations/index.js';
import { rateOf } from '../arguments.js';
import { type Options, shapesOf } from '../core/call-arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { CallOptions } from '../core/types.js';
import { WeightSettings, type WeightSettingsOptions } from '../core/weight-settings.js';
import { knownExtent, positiveInteger, requireWeight } from '../core/weights.js';

/** The states of a cell: a tensor `[batch, size]`, or several, in lists within lists for stacked cells. */
export type States = Tensor | readonly States[];

/** The sizes of a cell's states, in the structure of the states. */
export type StateSize = number | readonly StateSize[];

/** What a layer must have to be run over sequences: `call(inputs, states)` gives the output and the new states. */
export interface RnnCell extends Layer {
  readonly stateSize: StateSize;
  /** Default: the first state's size. */
  readonly outputSize?: number | undefined;
  /** The states before the first step. Default: zeros. */
  getInitialState?(batchSize: number): States;
}

export interface CellOptions
  extends LayerOptions,
    WeightSettingsOptions<'kernel'>,
    WeightSettingsOptions<'recurrent'>,
    WeightSettingsOptions<'bias'> {
  /** Default `'tanh'`. */
  readonly activation?: activations.ActivationLike;
  /** Default true. */
  readonly useBias?: boolean | undefined;
  /** The share of inputs that is dropped in training, the same at every step. Default 0. */
  readonly dropout?: number | undefined;
  /** The share of the previous output that is dropped in training, the same at every step. Default 0. */
  readonly recurrentDropout?: number | undefined;
  readonly seed?: number | null | undefined;
}

/**
 * What the built-in cells have in common: the input's product with the kernel does not depend on the states, so that it
 * can be computed for all steps at once.
 */
export abstract class ProjectedCell extends Layer {
  static override readonly configArguments = ['units'];

  readonly units: number;
  readonly activation: activations.ActivationFunction;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;
  readonly #gates: number;
  readonly #kernelSettings: WeightSettings;
  readonly #recurrentSettings: WeightSettings;
  protected readonly biasSettings: WeightSettings;
  #kernel: Variable | null = null;
  #recurrentKernel: Variable | null = null;
  /** The dropout masks of the sequence that is being run, by what they are for; `null` outside of sequences. */
  #dropoutMasks: Map<string, Tensor> | null = null;

  constructor(units: number, gates: number, options: CellOptions) {
    super(options);
    this.units = positiveInteger('units', units);
    this.#gates = gates;
    this.activation = activations.get(options.activation === undefined ? 'tanh' : options.activation);
    this.useBias = options.useBias ?? true;
    this.dropout = rateOf('dropout', options.dropout ?? 0);
    this.recurrentDropout = rateOf('recurrentDropout', options.recurrentDropout ?? 0);
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(this.seed);
    this.#kernelSettings = new WeightSettings('kernel', options, 'glorot_uniform');
    this.#recurrentSettings = new WeightSettings('recurrent', options, 'orthogonal');
    this.biasSettings = new WeightSettings('bias', options, 'zeros');
  }

  abstract readonly stateSize: StateSize;

  /** The output and the new states of a step, of the projected input `[batch, gates · units]`. */
  abstract advance(
    projected: Tensor,
    states: readonly Tensor[],
    training: boolean,
  ): { output: Tensor; states: Tensor[] };

  /** `inputs · kernel` and the bias of the inputs, for one step or for a whole sequence. */
  abstract project(inputs: Tensor, training: boolean): Tensor;

  get outputSize(): number {
    return this.units;
  }

  /** `[inputs, gates · units]`. Throws `NotBuiltError` before the cell is built. */
  get kernel(): Variable {
    return requireWeight(this, this.#kernel, 'kernel');
  }

  /** `[units, gates · units]`. Throws `NotBuiltError` before the cell is built. */
  get recurrentKernel(): Variable {
    return requireWeight(this, this.#recurrentKernel, 'recurrentKernel');
  }

  override build(inputShape: SymbolicShape): void {
    const inputs = knownExtent(this, inputShape, -1);
    const width = this.#gates * this.units;
    this.#kernel = this.addWeight({ name: 'kernel', shape: [inputs, width], ...this.#kernelSettings });
    this.#recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: [this.units, width],
      ...this.#recurrentSettings,
    });
    if (this.useBias) this.buildBias();
  }

  protected abstract buildBias(): void;

  override call(inputs: Tensor, states: States, { training }: CallOptions): [Tensor, States] {
    const isList = Array.isArray(states);
    const given = (isList ? states : [states]) as readonly Tensor[];
    const { output, states: next } = this.advance(this.project(inputs, training), given, training);
    return [output, isList ? next : next[0]!];
  }

  /** Runs `body` with the same dropout masks at every step. */
  withSequence<T>(body: () => T): T {
    this.#dropoutMasks = new Map();
    try {
      return body();
    } finally {
      this.#dropoutMasks = null;
    }
  }

  getInitialState(batchSize: number): Tensor[] {
    const sizes = (Array.isArray(this.stateSize) ? this.stateSize : [this.stateSize]) as readonly number[];
    return sizes.map((size) => ops.zeros([batchSize, size], { dtype: this.computeDtype }));
  }

  /** Inputs `[batch, inputs]` or `[batch, steps, inputs]` times the kernel, with dropout in training. */
  protected projectKernel(inputs: Tensor, training: boolean): Tensor {
    const dropped = training && this.dropout > 0 ? this.#drop('inputs', inputs, this.dropout) : inputs;
    return ops.matmul(dropped, this.kernel);
  }

  /** What the recurrent kernel is multiplied with: the previous output, with dropout in training. */
  protected recurrentInput(h: Tensor, training: boolean): Tensor {
    return training && this.recurrentDropout > 0 ? this.#drop('recurrent', h, this.recurrentDropout) : h;
  }

  #drop(what: string, x: Tensor, rate: number): Tensor {
    let mask = this.#dropoutMasks?.get(what);
    if (!mask) {
      const shape = [x.shape[0] ?? 1, x.shape.at(-1) ?? 1];
      const ones = ops.ones(shape, { dtype: x.dtype });
      mask = rate === 1 ? ops.zerosLike(ones) : random.dropout(ones, rate, { seed: this.seedGenerator });
      this.#dropoutMasks?.set(what, mask);
    }
    return x.mul(x.rank === 3 ? ops.expandDims(mask, 1) : mask);
  }

  protected override buildShapesFor(positional: readonly unknown[], _options: Options): unknown[] {
    return [shapesOf(positional[0], false)];
  }

  override getConfig(): Record<string, unknown> {
    const { units, useBias, dropout, recurrentDropout, seed } = this;
    return {
      ...super.getConfig(),
      units,
      activation: activations.serialize(this.activation),
      useBias,
      ...this.#kernelSettings.getConfig(),
      ...this.#recurrentSettings.getConfig(),
      ...this.biasSettings.getConfig(),
      dropout,
      recurrentDropout,
      seed,
    };
  }
}
