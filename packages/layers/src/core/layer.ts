import { inspect } from 'node:util';
import {
  autoName,
  callSymbolically,
  currentScope,
  detached,
  formatShape,
  inferOutputs,
  isFloat,
  KerasTensor,
  nameScope,
  type Operation,
  type SeedGenerator,
  ShapeError,
  type SymbolicNode,
  type Tensor,
  type TensorLike,
  toDType,
  toSnakeKey,
  ValueError,
  Variable,
  withAutocast,
} from '@ibex/tensor';
import * as constraints from '../constraints/index.js';
import * as initializers from '../initializers/index.js';
import * as regularizers from '../regularizers/index.js';
import { activityLosses } from './activity.js';
import {
  convertInputs,
  convertOptions,
  holdsSymbolic,
  mapShapes,
  masksOf,
  type Options,
  shapesOf,
  splitArguments,
} from './call-arguments.js';
import { currentCallContext, withCallContext } from './call-context.js';
import { checkInputs } from './input-spec.js';
import type { LayerOptions, WeightOptions } from './layer-options.js';
import { LayerSettings } from './layer-settings.js';
import {
  assignWeights,
  collectVariables,
  countParams,
  layersWithin,
  regularizationLosses,
} from './layer-state.js';
import { attachMasks, warnOfLostMask } from './masks.js';
import { symbolicOutputs } from './output-shapes.js';
import { type TrackedMetric, Tracker } from './tracker.js';
import type { LayerCallOptions, ShapeTree, SymbolicInputs, TensorInputs } from './types.js';

/**
 * A piece of a model: state, and a computation from tensors to tensors. Subclasses write `call`, make weights in `build`
 * (which runs at the first call) or in the constructor, and `getConfig`, if they shall be saved. Layers and variables
 * that are assigned to attributes are part of the layer. Instances are called: `layer(x)`, on symbolic tensors to put
 * together a model. After `keras.Layer`.
 */
export abstract class Layer extends LayerSettings implements Operation {
  /** The names of the constructor's arguments before the options, for `fromConfig`. */
  static readonly configArguments: readonly string[] = [];
  /** The names of `build`'s arguments. */
  static readonly buildArguments: readonly string[] = ['inputShape'];

  readonly name: string;
  readonly #tracker = new Tracker(this, (value) => value instanceof Layer);
  readonly #inboundNodes: SymbolicNode[] = [];
  #trainable: boolean;
  #built = false;
  #path: string | null = null;
  #buildShapes: readonly unknown[] | null = null;
  #losses: Tensor[] = [];

  /** Throws `ValueError` for a name with a slash, which paths are put together with. */
  constructor(options: LayerOptions = {}) {
    super(options);
    const { name, trainable = true } = options;
    if (name?.includes('/')) throw new ValueError(`A layer's name can't hold '/', got '${name}'.`);
    this.name = name ?? autoName(new.target.name);
    this.#trainable = trainable;
    // Whoever calls `build` gets the scope and the bookkeeping around what the subclass wrote.
    Object.defineProperty(this, 'build', { value: (...shapes: unknown[]) => this.#runBuild(shapes) });
  }

  /** Computes the outputs from tensors; the last argument is a {@link CallOptions} with the options of the call. */
  abstract call(...args: never[]): unknown;

  /** Makes the weights for inputs of a shape, whose batch is `null`. */
  build(..._shapes: never[]): void {}

  /** The shape of the output for inputs of a shape: found by tracing the layer, unless a subclass says it. */
  computeOutputShape(...inputShapes: never[]): ShapeTree {
    const inputs = inputShapes.map((shape) =>
      mapShapes(shape, (extents) => new KerasTensor(extents, this.inputDtype)),
    );
    this.#buildFor(inputs, {});
    return shapesOf(this.#traceSymbolically(inputs, {}), true) as ShapeTree;
  }

  /** The masks of the outputs: those of the inputs, unless a subclass says otherwise. */
  computeMask(_inputs: unknown, previousMask: unknown): unknown {
    return previousMask;
  }

  /** Calls the layer: what `layer(…)` does. */
  invoke(...args: unknown[]): unknown {
    const { positional, options } = splitArguments(args);
    if (positional.length === 0) throw new ValueError(`Layer '${this.name}' was called without inputs.`);
    if (!holdsSymbolic(positional) && !holdsSymbolic(options))
      return this.#callOnTensors(positional, options);
    checkInputs(this.inputSpec, positional[0], this.name);
    this.#buildFor(positional, options);
    return callSymbolically(this, args, this.#inferSymbolically(positional, options));
  }

  /** The calls of the layer on symbolic tensors. */
  get inboundNodes(): SymbolicNode[] {
    return this.#inboundNodes;
  }

  get built(): boolean {
    return this.#built;
  }

  protected set built(built: boolean) {
    this.#built = built;
  }

  /** Where the layer is in the model, `model/dense`; `null` until it is built. */
  get path(): string | null {
    return this.#path;
  }

  /** Whether optimizers update the weights. Setting it sets it in all layers within. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    this.#trainable = trainable;
    for (const variable of this.#tracker.trainable) variable.trainable = trainable;
    for (const layer of this.#tracker.layers) layer.trainable = trainable;
  }

  /**
   * Makes a weight. It gets its first value when that is needed.
   * @throws ShapeError when an extent is not known.
   */
  addWeight(options: WeightOptions = {}): Variable {
    const { shape = [], name, trainable = true, autocast = true } = options;
    const dtype = options.dtype === undefined ? this.variableDtype : toDType(options.dtype);
    const known = shape.filter((extent): extent is number => extent !== null && extent !== undefined);
    if (known.length !== shape.length) {
      throw new ShapeError(
        `Layer '${this.name}' can't make a weight of shape ${formatShape(shape)}: every extent must be known. Give the input's shape in full (but for the batch).`,
      );
    }
    const initializer = initializers.get(
      options.initializer ?? (isFloat(dtype) ? 'glorot_uniform' : 'zeros'),
    );
    const variable = nameScope(
      currentScope() === this.#path ? '' : this.name,
      () =>
        new Variable(() => initializer(known, { dtype }), { shape: known, dtype, name, trainable, autocast }),
    );
    variable.regularizer = regularizers.get(options.regularizer);
    variable.constraint = constraints.get(options.constraint);
    this.#tracker.add(variable);
    return variable;
  }

  /** Adds a scalar to the loss of the model. To be used in `call`. */
  addLoss(loss: Tensor | readonly Tensor[]): void {
    if (currentCallContext()?.symbolic) return;
    this.#losses.push(...(Array.isArray(loss) ? loss : [loss]));
  }

  /** What `addLoss` and activity regularizers gave in the last call, here and in layers within, and weights' penalties. */
  get losses(): Tensor[] {
    return [this, ...layersWithin(this)].flatMap((layer) => layer.#losses).concat(regularizationLosses(this));
  }

  /** Forgets the losses of the last call. */
  clearLosses(): void {
    for (const layer of [this, ...layersWithin(this)]) layer.#losses = [];
  }

  /** The layers that lie in attributes of this one, in the order in which they came. */
  get sublayers(): readonly Layer[] {
    return this.#tracker.layers;
  }

  /** This layer's own variables, without those of layers within: those made trainable, then the others. */
  get ownVariables(): readonly Variable[] {
    return [...this.#tracker.trainable, ...this.#tracker.nonTrainable];
  }

  get seedGenerators(): readonly SeedGenerator[] {
    return this.#tracker.seedGenerators;
  }

  get metrics(): TrackedMetric[] {
    return [...this.#tracker.metrics, ...this.#tracker.layers.flatMap((layer) => layer.metrics)];
  }

  /** All state but that of metrics: weights, and the states of random generators. */
  get variables(): Variable[] {
    return collectVariables(this, true);
  }

  get trainableVariables(): Variable[] {
    return this.trainable ? this.variables.filter(({ trainable }) => trainable) : [];
  }

  get nonTrainableVariables(): Variable[] {
    return this.trainable ? this.variables.filter(({ trainable }) => !trainable) : this.variables;
  }

  get weights(): Variable[] {
    return collectVariables(this, false);
  }

  get trainableWeights(): Variable[] {
    return this.trainable ? this.weights.filter(({ trainable }) => trainable) : [];
  }

  get nonTrainableWeights(): Variable[] {
    return this.trainable ? this.weights.filter(({ trainable }) => !trainable) : this.weights;
  }

  /** The values of all weights, in order. */
  getWeights(): Tensor[] {
    return this.weights.map(({ value }) => value);
  }

  /** Sets all weights. Throws `ValueError` or `ShapeError`, and sets none, when values do not fit. */
  setWeights(values: readonly TensorLike[]): void {
    assignWeights(this, values);
  }

  /** The number of scalars in the weights. Throws `NotBuiltError` when there are no weights yet. */
  countParams(): number {
    return countParams(this);
  }

  /** What the constructor takes to make another like it; values that are objects are serialised with it. */
  getConfig(): Record<string, unknown> {
    const config: Record<string, unknown> = {
      name: this.name,
      trainable: this.#trainable,
      dtype: this.dtypePolicy,
    };
    if (this.activityRegularizer) config['activityRegularizer'] = this.activityRegularizer;
    return config;
  }

  /** A layer of a configuration: the constructor's arguments by name. */
  static fromConfig(config: Record<string, unknown>): Layer {
    const options = { ...config };
    const args = this.configArguments.map((argument) => {
      const value = options[argument];
      delete options[argument];
      return value;
    });
    return Reflect.construct(this, [...args, options]) as Layer;
  }

  /** What `build` was called with, so that weights can be made before they are loaded; `null` if it was not. */
  getBuildConfig(): Record<string, unknown> | null {
    const shapes = this.#buildShapes;
    if (shapes === null) return null;
    if (shapes.length <= 1) return { inputShape: shapes[0] ?? null };
    const { buildArguments } = this.constructor as typeof Layer;
    return {
      shapesDict: Object.fromEntries(
        shapes.map((shape, i) => [toSnakeKey(buildArguments[i] ?? `input${i}Shape`), shape]),
      ),
    };
  }

  buildFromConfig(config: Record<string, unknown>): void {
    const shapes = (config['shapesDict'] as Record<string, unknown> | undefined) ?? {
      inputShape: config['inputShape'],
    };
    const { buildArguments } = this.constructor as typeof Layer;
    const known = buildArguments.map(toSnakeKey).filter((argument) => argument in shapes);
    const ordered = known.length > 0 ? known.map((argument) => shapes[argument]) : Object.values(shapes);
    if (ordered.some((shape) => shape !== null && shape !== undefined))
      Reflect.apply(this.build, this, ordered);
  }

  override toString(): string {
    return `<${this.constructor.name} name=${this.name}, built=${this.#built}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** The shapes that `build` gets for a call. */
  protected buildShapesFor(positional: readonly unknown[], _options: Options): unknown[] {
    return positional.map((argument) => shapesOf(argument, this.keepsBatchSize));
  }

  /** Whether weights depend on the size of the batch. */
  protected get keepsBatchSize(): boolean {
    return false;
  }

  #runBuild(shapes: readonly unknown[]): void {
    const { build } = Object.getPrototypeOf(this) as Layer;
    this.#tracker.refresh();
    // Whatever is being traced or differentiated, a layer's state is no part of it.
    detached(() =>
      nameScope(this.name, () => {
        this.#path = currentScope();
        Reflect.apply(build, this, shapes);
      }),
    );
    this.#buildShapes = shapes;
    this.#built = true;
    this.#tracker.refresh();
  }

  #buildFor(positional: readonly unknown[], options: Options): void {
    if (this.#built) return;
    Reflect.apply(this.build, this, this.buildShapesFor(positional, options));
    checkInputs(this.inputSpec, positional[0], this.name);
  }

  #inferSymbolically(positional: readonly unknown[], options: Options): unknown {
    if (this.computeOutputShape !== Layer.prototype.computeOutputShape && !this.#buildsByCall) {
      const shapes = positional.map((argument) => shapesOf(argument, true));
      return symbolicOutputs(
        Reflect.apply(this.computeOutputShape, this, shapes),
        this.computeDtype,
        this.name,
      );
    }
    return this.#traceSymbolically(positional, options);
  }

  /** Whether there are layers in it that nothing builds but a call. */
  get #buildsByCall(): boolean {
    const { build } = Object.getPrototypeOf(this) as Layer;
    return build === Layer.prototype.build && this.#tracker.layers.some((layer) => !layer.built);
  }

  #traceSymbolically(positional: readonly unknown[], options: Options): unknown {
    const run = (...args: unknown[]): unknown =>
      withCallContext({ entry: currentCallContext()?.entry ?? this, training: false, symbolic: true }, () =>
        this.#callOnTensors(args.slice(0, -1), args.at(-1) as Options),
      );
    return inferOutputs(run, [...positional, options], this.name);
  }

  #callOnTensors(positional: readonly unknown[], options: Options): unknown {
    const { computeDtype } = this;
    const dtype = this.autocast && isFloat(computeDtype) ? computeDtype : null;
    const inputs = positional.map((argument) => convertInputs(argument, dtype));
    const given = convertOptions(options, dtype);
    checkInputs(this.inputSpec, inputs[0], this.name);
    this.#buildFor(inputs, given);

    const outer = currentCallContext();
    if (outer === null) this.clearLosses();
    const training = (given['training'] as boolean | null | undefined) ?? outer?.training ?? false;
    const mask = given['mask'] ?? masksOf(inputs[0]);
    const context = { entry: outer?.entry ?? this, training, symbolic: outer?.symbolic ?? false };
    return withCallContext(context, () =>
      nameScope(this.name, () => {
        const outputs = withAutocast(dtype === this.variableDtype ? null : dtype, () => {
          const result = Reflect.apply(this.call, this, [...inputs, { ...given, training, mask }]);
          return result instanceof Variable ? result.value : result;
        });
        if (this.activityRegularizer) this.addLoss(activityLosses(outputs, this.activityRegularizer));
        if (this.supportsMasking) attachMasks(outputs, this.computeMask(inputs[0], mask));
        else if (mask !== null) warnOfLostMask(this.name, this.constructor.name);
        return outputs;
      }),
    );
  }
}

export interface Layer {
  (inputs: SymbolicInputs, options?: LayerCallOptions): KerasTensor;
  (inputs: SymbolicInputs, second: SymbolicInputs, options?: LayerCallOptions): KerasTensor;
  (inputs: TensorInputs, options?: LayerCallOptions): Tensor;
  (inputs: TensorInputs, second: TensorInputs, options?: LayerCallOptions): Tensor;
  /** For layers that give something else than one tensor: `layer<[Tensor, Tensor]>(x)`. */
  <Outputs>(inputs: SymbolicInputs | TensorInputs, ...rest: readonly unknown[]): Outputs;
}
