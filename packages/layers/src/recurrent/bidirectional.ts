import { ops, type SymbolicShape, type Tensor, ValueError, type Variable } from '@ibex/tensor';
import { deserializeObject, type SerializedObject, serializeObject } from '@ibex/tensor/config';
import { isShape, type Options, shapesOf } from '../core/call-arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import type { ShapeTree } from '../core/types.js';
import type { States } from './cell.js';
import { RNN, type RNNCallOptions } from './rnn.js';
import { flattenStates } from './states.js';

/** How the outputs of the two directions are put together; `null` for both apart. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null;

export interface BidirectionalOptions extends LayerOptions {
  /** Default `'concat'`. */
  readonly mergeMode?: MergeMode | undefined;
  /** Default: one like `layer`, the other way round. */
  readonly backwardLayer?: RNN | null | undefined;
}

/** Another layer of the same configuration, but for some of it. */
function rebuild(layer: RNN, changes: Readonly<Record<string, unknown>>): RNN {
  const json = serializeObject(layer) as SerializedObject;
  const config = { ...(json.config as Record<string, unknown>), ...changes };
  const customObjects = { [json.class_name]: layer.constructor as typeof RNN };
  const { build_config: _, ...unbuilt } = json;
  return deserializeObject({ ...unbuilt, config }, { customObjects }) as RNN;
}

const MERGES: Readonly<Record<Exclude<MergeMode, null>, (a: Tensor, b: Tensor) => Tensor>> = {
  concat: (a, b) => ops.concatenate([a, b], -1),
  sum: (a, b) => a.add(b),
  mul: (a, b) => a.mul(b),
  ave: (a, b) => a.add(b).div(2),
};

/** A recurrent layer run over sequences from the beginning and from the end. After `keras.layers.Bidirectional`. */
export class Bidirectional extends Layer {
  static override readonly configArguments = ['layer'];
  static override readonly buildArguments = ['sequencesShape', 'initialStateShape'];

  readonly forwardLayer: RNN;
  readonly backwardLayer: RNN;
  readonly mergeMode: MergeMode;

  /** Throws `ValueError` for layers that are not recurrent, or do not run in opposite directions. */
  constructor(layer: RNN, options: BidirectionalOptions = {}) {
    super(options);
    const { mergeMode = 'concat', backwardLayer } = options;
    if (!(layer instanceof RNN) || (backwardLayer && !(backwardLayer instanceof RNN))) {
      throw new ValueError('Bidirectional takes a recurrent layer, such as new LSTM(32).');
    }
    if (mergeMode !== null && !(mergeMode in MERGES)) {
      throw new ValueError(
        `mergeMode must be 'concat', 'sum', 'mul', 'ave' or null, got '${String(mergeMode)}'.`,
      );
    }
    this.mergeMode = mergeMode;
    this.forwardLayer = rebuild(layer, { name: `forward_${layer.name.replace(/^forward_/, '')}` });
    this.backwardLayer =
      backwardLayer ??
      rebuild(layer, {
        name: `backward_${layer.name.replace(/^backward_/, '')}`,
        go_backwards: !layer.goBackwards,
      });
    this.#checkDirections();
    this.forwardLayer.zeroOutputForMask = this.returnSequences;
    this.backwardLayer.zeroOutputForMask = this.returnSequences;
    this.inputSpec = layer.inputSpec;
    this.supportsMasking = true;
  }

  get returnSequences(): boolean {
    return this.forwardLayer.returnSequences;
  }

  get returnState(): boolean {
    return this.forwardLayer.returnState;
  }

  get stateful(): boolean {
    return this.forwardLayer.stateful;
  }

  /** The states that stateful layers keep, forwards and backwards. */
  get states(): readonly Variable[] | null {
    const [forward, backward] = [this.forwardLayer.states, this.backwardLayer.states];
    return forward && backward ? [...forward, ...backward] : null;
  }

  override build(sequencesShape: SymbolicShape): void {
    if (!this.forwardLayer.built) this.forwardLayer.build(sequencesShape);
    if (!this.backwardLayer.built) this.backwardLayer.build(sequencesShape);
  }

  override call(inputs: Tensor, options: RNNCallOptions): Tensor | Tensor[] {
    const { training, mask, initialState = null } = options;
    const half = (part: (states: readonly States[]) => readonly States[]): readonly States[] | null =>
      initialState === null
        ? null
        : part(Array.isArray(initialState) ? initialState : [initialState as Tensor]);
    const forward = this.forwardLayer.invoke(inputs, {
      training,
      mask,
      initialState: half((states) => states.slice(0, states.length / 2)),
    });
    const backward = this.backwardLayer.invoke(inputs, {
      training,
      mask,
      initialState: half((states) => states.slice(states.length / 2)),
    });
    const [y, ...forwardStates] = flattenStates(forward as States) as [Tensor, ...Tensor[]];
    const [reversed, ...backwardStates] = flattenStates(backward as States) as [Tensor, ...Tensor[]];
    const z = this.returnSequences ? ops.flip(reversed, 1) : reversed;
    const merged = this.mergeMode === null ? [y, z] : [MERGES[this.mergeMode](y, z)];
    const outputs = [...merged, ...forwardStates, ...backwardStates];
    return this.returnState || this.mergeMode === null ? outputs : outputs[0]!;
  }

  override computeMask(_inputs: unknown, mask: unknown): unknown {
    const outputMask = this.returnSequences ? (Array.isArray(mask) ? mask[0] : mask) : null;
    const masks = this.mergeMode === null ? [outputMask, outputMask] : [outputMask];
    return this.returnState || this.mergeMode === null ? masks : outputMask;
  }

  override computeOutputShape(sequencesShape: SymbolicShape): ShapeTree {
    const single = this.forwardLayer.computeOutputShape(sequencesShape);
    const [output, ...states] = (isShape(single) ? [single] : single) as [SymbolicShape, ...ShapeTree[]];
    const size = output.at(-1)!;
    const merged = this.mergeMode === 'concat' ? [[...output.slice(0, -1), size * 2]] : [output];
    const outputs = [...(this.mergeMode === null ? [output, output] : merged), ...states, ...states];
    return this.returnState || this.mergeMode === null ? outputs : outputs[0]!;
  }

  /** Sets the states of stateful layers to zeros. */
  resetState(): void {
    this.forwardLayer.resetState();
    this.backwardLayer.resetState();
  }

  #checkDirections(): void {
    const { forwardLayer: forward, backwardLayer: backward } = this;
    if (forward.goBackwards === backward.goBackwards) {
      throw new ValueError(
        'The layers of Bidirectional must run in opposite directions: their goBackwards must differ.',
      );
    }
    for (const option of ['stateful', 'returnSequences', 'returnState'] as const) {
      if (forward[option] !== backward[option]) {
        throw new ValueError(
          `The layers of Bidirectional must agree in ${option}, got ${forward[option]} and ${backward[option]}.`,
        );
      }
    }
  }

  protected override buildShapesFor(positional: readonly unknown[], _options: Options): unknown[] {
    return [shapesOf(positional[0], this.keepsBatchSize)];
  }

  protected override get keepsBatchSize(): boolean {
    return this.stateful;
  }

  override getConfig(): Record<string, unknown> {
    const { mergeMode, forwardLayer, backwardLayer } = this;
    return { ...super.getConfig(), mergeMode, layer: forwardLayer, backwardLayer };
  }
}
