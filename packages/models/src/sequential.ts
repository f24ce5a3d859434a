import { InputLayer, Layer } from '@ibex/layers';
import {
  autoName,
  deserializeObject,
  KerasTensor,
  ShapeError,
  type SymbolicShape,
  ValueError,
} from '@ibex/tensor';
import type { ModelOptions } from './arguments.js';
import { FunctionalGraph } from './graph/functional-graph.js';
import { Model } from './model.js';

/**
 * A stack of layers, each of which takes what the one before gives. Without an `Input` at its start it is built from the
 * first data it sees. After `keras.Sequential`.
 */
export class Sequential extends Model {
  /** The layers, with the input layer where there is one. */
  protected readonly stack: Layer[] = [];

  /** Throws `ValueError` for what is no layer, and for two layers of one name. */
  constructor(layers: readonly (Layer | KerasTensor)[] = [], options: ModelOptions = {}) {
    super({ ...options, name: options.name ?? autoName('Sequential') });
    this.supportsMasking = true;
    for (const layer of layers) this.#push(layer);
    this.#rebuild();
  }

  /** Adds a layer at the end. */
  add(layer: Layer | KerasTensor): void {
    this.#push(layer);
    this.#rebuild();
  }

  /** Takes the last layer away, and gives it. */
  pop(): Layer | undefined {
    const layer = this.stack.pop();
    this.#rebuild();
    return layer;
  }

  /** The layers, without the input layer. */
  override get layers(): readonly Layer[] {
    return this.stack.filter((layer) => !(layer instanceof InputLayer));
  }

  override build(inputShape: SymbolicShape): void {
    if (this.graph !== null) return;
    const input = new InputLayer({ batchShape: [...inputShape] });
    this.#connect(input);
  }

  override call(inputs: unknown, options?: unknown): unknown {
    if (this.graph) return super.call(inputs, options);
    throw new ValueError(
      `The model '${this.name}' is not built, and has no layers to be built from: add layers.`,
    );
  }

  override getConfig(): Record<string, unknown> {
    const { name, trainable, dtypePolicy: dtype } = this;
    const built = this.graph?.inputTensors[0]?.shape;
    return { name, trainable, dtype, layers: this.stack, ...(built && { build_input_shape: [...built] }) };
  }

  static override fromConfig(config: Record<string, unknown>): Sequential {
    const layers = (config['layers'] as readonly unknown[]).map((json) => deserializeObject(json) as Layer);
    const model = new Sequential(layers, { name: config['name'] as string });
    const shape = config['build_input_shape'] as SymbolicShape | undefined;
    if (!model.built && shape) model.build(shape);
    if (config['trainable'] === false) model.trainable = false;
    return model;
  }

  #push(item: Layer | KerasTensor): void {
    const layer = item instanceof KerasTensor ? item.operation : item;
    if (!(layer instanceof Layer))
      throw new ValueError(`Sequential takes layers, got ${item === null ? 'null' : typeof item}.`);
    if (this.stack.some(({ name }) => name === layer.name)) {
      throw new ValueError(
        `The model '${this.name}' has a layer '${layer.name}' already; names of layers must differ.`,
      );
    }
    if (layer instanceof InputLayer && this.stack.length > 0) {
      throw new ValueError('An Input can only stand at the start of a Sequential model.');
    }
    this.stack.push(layer);
  }

  #rebuild(): void {
    const first = this.stack[0];
    if (first instanceof InputLayer && this.stack.length > 1) this.#connect(first);
    else if (first instanceof Model && first.built && first.inputs.length === 1)
      this.#connect(new InputLayer({ batchShape: [...first.inputs[0]!.shape] }));
    else this.clearGraph();
  }

  #connect(input: InputLayer): void {
    const start = input.output;
    let x: unknown = start;
    for (const layer of this.layers) {
      if (Array.isArray(x)) {
        throw new ShapeError(
          `The layer before '${layer.name}' in '${this.name}' gives several tensors; in a Sequential model each gives one.`,
        );
      }
      x = layer.invoke(x);
    }
    this.setGraph(new FunctionalGraph(start, x as KerasTensor));
  }
}
