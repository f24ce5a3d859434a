import { Layer } from '@ibex/layers';
import type { Optimizer } from '@ibex/optimizers';
import {
  autoName,
  deserializeObject,
  type KerasTensor,
  mapKeys,
  type Tensor,
  toCamelKey,
  ValueError,
} from '@ibex/tensor';
import {
  type BatchSource,
  type GraphModelOptions,
  type ModelOptions,
  modelArguments,
  type TrainingData,
  targetsAndOptions,
} from './arguments.js';
import type { History, Logs } from './callbacks/index.js';
import { type GraphConfig, graphConfig, graphFromConfig } from './graph/config.js';
import { FunctionalGraph, type SymbolicNest } from './graph/functional-graph.js';
import { inputName } from './graph/inputs.js';
import { type LoadWeightsOptions, loadWeightsFile, saveModelFile, saveWeightsFile } from './saving/files.js';
import { printSummary, type SummaryOptions } from './summary.js';
import { toTensorNest } from './training/array-data.js';
import type { Batch, Data } from './training/batch.js';
import { type CompileOptions, CompileState } from './training/compile-options.js';
import { NotCompiledError } from './training/errors.js';
import { type EvaluateOptions, evaluate, type FitOptions, fit } from './training/fit.js';
import { LogSlot, type StepLogs } from './training/logs.js';
import { type PredictOptions, predict } from './training/predict.js';
import { Predictor } from './training/predictor.js';
import { StepRunner } from './training/runner.js';
import {
  computeLoss,
  computeMetrics,
  defaultTestStep,
  defaultTrainStep,
  type LossInputs,
} from './training/steps.js';
import type { Trainable } from './training/trainable.js';

/**
 * A layer that can be trained, evaluated and saved. Either of a graph, `new Model(inputs, outputs)` or
 * `new Model({ inputs, outputs })` with the symbolic tensors that `Input()` and layers give; or a subclass with a `call`
 * of its own. After `keras.Model`.
 */
export class Model extends Layer implements Trainable {
  /** Configurations of models hold a graph, and are read and written as Keras has them. */
  static readonly rawConfig: boolean = true;

  stopTraining = false;
  startEpoch: number | null = null;
  /** The layers of the graph. Where there is none, layers are found in attributes. */
  protected graphLayers: Layer[] = [];
  #graph: FunctionalGraph | null = null;
  #compiled: CompileState | null = null;
  #trainRunner: StepRunner | null = null;
  #testRunner: StepRunner | null = null;
  #predictor: Predictor | null = null;
  #trainLogs = new LogSlot();
  #testLogs = new LogSlot();

  constructor(options?: ModelOptions);
  constructor(inputs: SymbolicNest, outputs: SymbolicNest, options?: ModelOptions);
  constructor(options: GraphModelOptions);
  constructor(
    first: ModelOptions | GraphModelOptions | SymbolicNest = {},
    second?: SymbolicNest,
    third: ModelOptions = {},
  ) {
    const { inputs, outputs, ...options } = modelArguments(first, second, third);
    super(outputs === undefined ? options : { ...options, name: options.name ?? autoName('Functional') });
    if (inputs !== undefined && outputs !== undefined) this.setGraph(new FunctionalGraph(inputs, outputs));
  }

  /** @internal The graph of a functional model. */
  get graph(): FunctionalGraph | null {
    return this.#graph;
  }

  /** Makes this the model of a graph, whose layers have their weights already. */
  protected setGraph(graph: FunctionalGraph): void {
    this.#graph = graph;
    this.graphLayers = graph.operations.filter((operation) => operation instanceof Layer);
    this.built = true;
    this.supportsMasking = true;
  }

  /** The model has no graph any more, and is not built. */
  protected clearGraph(): void {
    this.#graph = null;
    this.graphLayers = [];
    this.built = false;
  }

  override call(inputs: unknown, _options?: unknown): unknown {
    if (this.#graph) return this.#graph.run(inputs, this.name);
    throw new ValueError(
      `The model '${this.name}' of class ${this.constructor.name} has no graph and no call(): write one in the class.`,
    );
  }

  override computeMask(): unknown {
    return null; // the layers of the graph attached masks to their outputs
  }

  /** The model's layers: those of the graph by depth, or those in attributes. */
  get layers(): readonly Layer[] {
    return this.#graph ? this.graphLayers : this.sublayers;
  }

  /** A layer by its name or its place. Throws `ValueError` where there is none. */
  getLayer(nameOrIndex: string | number): Layer {
    const { layers } = this;
    const found =
      typeof nameOrIndex === 'number'
        ? layers.at(nameOrIndex)
        : layers.find(({ name }) => name === nameOrIndex);
    if (!found) {
      throw new ValueError(
        typeof nameOrIndex === 'number'
          ? `The model '${this.name}' has ${layers.length} layers, so there is none at ${nameOrIndex}.`
          : `The model '${this.name}' has no layer '${nameOrIndex}'; its layers are ${layers.map(({ name }) => name).join(', ')}.`,
      );
    }
    return found;
  }

  /** The symbolic inputs, of a functional model. */
  get inputs(): readonly KerasTensor[] {
    return this.#graph?.inputTensors ?? [];
  }

  get outputs(): readonly KerasTensor[] {
    return this.#graph?.outputTensors ?? [];
  }

  get inputNames(): string[] {
    return this.inputs.map(inputName);
  }

  /** The names of the outputs: of the layers that give them, or the keys of a record. */
  get outputNames(): string[] | undefined {
    const graph = this.#graph;
    if (!graph) return undefined;
    const { outputs } = graph;
    if (!Array.isArray(outputs) && !('operation' in outputs)) return Object.keys(outputs);
    return graph.outputTensors.map(inputName);
  }

  /** Sets how the model is trained. Throws for names that are not known, and for options that do not fit together. */
  compile(options: CompileOptions = {}): void {
    this.#compiled = new CompileState(options, this.dtypePolicy);
    this.#forgetSteps();
  }

  get compiled(): boolean {
    return this.#compiled !== null;
  }

  get optimizer(): Optimizer | null {
    return this.#compiled?.optimizer ?? null;
  }

  /** @internal */
  get compileState(): CompileState | null {
    return this.#compiled;
  }

  /** @internal */
  get runsEagerly(): boolean {
    return this.#compiled?.options.runEagerly ?? false;
  }

  /** @internal */
  requireCompiled(what: string): CompileState {
    if (!this.#compiled) throw new NotCompiledError(what, this.name);
    return this.#compiled;
  }

  /** The loss of a batch: a scalar. To be overridden for losses of other things than targets and predictions. */
  computeLoss(inputs: LossInputs): Tensor {
    return computeLoss(this, this.requireCompiled('computeLoss'), inputs);
  }

  /** Updates the metrics with a batch; the values of all. */
  computeMetrics(inputs: LossInputs): StepLogs {
    return computeMetrics(this, this.requireCompiled('computeMetrics'), inputs);
  }

  /**
   * One step of `fit`: computes predictions and loss, updates weights and metrics, and returns what is to be logged. It is
   * traced, so it computes with operations. To be overridden for other ways of training.
   */
  trainStep(batch: Batch): StepLogs {
    return defaultTrainStep(this, this.requireCompiled('trainStep'), batch);
  }

  /** One step of `evaluate`. */
  testStep(batch: Batch): StepLogs {
    return defaultTestStep(this, this.requireCompiled('testStep'), batch);
  }

  /** One step of `predict`. */
  predictStep({ x }: Batch): unknown {
    return this.invoke(x, { training: false });
  }

  /**
   * Trains for a number of epochs. Works on a native thread: the event loop stays free.
   * @param x - samples along the first axis, or a data set (or iterable) of batches `[x, y]`
   * @param y - targets; not with a data set, after which options may come at once: `fit(dataset, { epochs: 5 })`
   * @returns the history of losses and metrics
   * Throws `NotCompiledError`, `ValueError` and `ShapeError` for data that does not fit, `AbortedError` through its signal.
   */
  async fit(x: Data, y?: Data | null, options?: FitOptions): Promise<History>;
  async fit(batches: BatchSource, options?: FitOptions): Promise<History>;
  async fit(batches: BatchSource, y: null | undefined, options?: FitOptions): Promise<History>;
  async fit(x: TrainingData, y?: Data | FitOptions | null, options?: FitOptions): Promise<History> {
    const [targets, settings] = targetsAndOptions(x, y, options);
    return fit(this, x, targets, settings);
  }

  /** The loss and metrics on data: samples and targets, or a data set (or iterable) of batches `[x, y]`. */
  async evaluate(x: Data, y?: Data | null, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(batches: BatchSource, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(batches: BatchSource, y: null | undefined, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(
    x: TrainingData,
    y?: Data | EvaluateOptions | null,
    options?: EvaluateOptions,
  ): Promise<Logs> {
    const [targets, settings] = targetsAndOptions(x, y, options);
    return evaluate(this, x, targets, settings);
  }

  /** The outputs for all samples, put together: a tensor, in the structure of the model's outputs. */
  async predict<R = Tensor>(x: TrainingData, options: PredictOptions = {}): Promise<R> {
    return (await predict(this, x, options)) as R;
  }

  /** One step of training on a batch; the metrics over all batches since `resetMetrics`. */
  async trainOnBatch(x: Data, y?: Data | null, options: { sampleWeight?: Data } = {}): Promise<Logs> {
    this.requireCompiled('trainOnBatch');
    await this.trainRunner.run(batchFrom(x, y, options.sampleWeight));
    await this.trainRunner.drain();
    return this.#trainLogs.read();
  }

  /** The loss and metrics with a batch, over all since `resetMetrics`. */
  async testOnBatch(x: Data, y?: Data | null, options: { sampleWeight?: Data } = {}): Promise<Logs> {
    this.requireCompiled('testOnBatch');
    await this.testRunner.run(batchFrom(x, y, options.sampleWeight));
    await this.testRunner.drain();
    return this.#testLogs.read();
  }

  /** The outputs for a batch. */
  async predictOnBatch<R = Tensor>(x: Data): Promise<R> {
    return this.predictor.run(toTensorNest(x, 'x')) as R;
  }

  metricDirection(name: string): 'up' | 'down' | undefined {
    return this.#compiled?.metrics.directionOf(name);
  }

  /** Starts losses and metrics anew. */
  resetMetrics(): void {
    this.#compiled?.lossTracker.resetState();
    for (const metric of [
      ...(this.#compiled?.loss?.metrics ?? []),
      ...(this.#compiled?.metrics.metrics ?? []),
      ...this.metrics,
    ]) {
      metric.resetState();
    }
  }

  /** Prints the layers with their output shapes and numbers of parameters, as Keras does. */
  summary(options: SummaryOptions = {}): void {
    printSummary(this, options);
  }

  /** Saves architecture, weights and training state to a `.keras` file, which Keras opens too. The file is whole or not there. */
  async save(path: string): Promise<void> {
    await saveModelFile(this, path);
  }

  /** Saves the weights to a `.weights.h5` file. */
  async saveWeights(path: string): Promise<void> {
    await saveWeightsFile(this, path);
  }

  /** Loads weights from a `.weights.h5` or `.keras` file. Throws `FileFormatError`, and changes nothing, when it does not fit. */
  async loadWeights(path: string, options: LoadWeightsOptions = {}): Promise<void> {
    await loadWeightsFile(this, path, options);
  }

  override getConfig(): Record<string, unknown> {
    if (this.#graph) return graphConfig(this, this.#graph) as unknown as Record<string, unknown>;
    const config = super.getConfig();
    return { name: config['name'], trainable: config['trainable'], dtype: config['dtype'] };
  }

  /** A functional model of Keras's JSON; subclasses are made of their options. */
  static override fromConfig(config: Record<string, unknown>): Layer {
    if (!('input_layers' in config)) {
      return Reflect.construct(this, [deserializeObject(mapKeys(config, toCamelKey))]) as Model;
    }
    const graph = graphFromConfig(config as unknown as GraphConfig);
    const { name, trainable } = config as unknown as GraphConfig;
    const model = new Model(graph.inputs, graph.outputs, { name });
    if (!trainable) model.trainable = false;
    return model;
  }

  /** Compiles the model as a file says. */
  compileFromConfig(config: Record<string, unknown>): void {
    if (!config['optimizer'] && !config['loss']) return;
    const { optimizer, loss, lossWeights, metrics, weightedMetrics, runEagerly } = deserializeObject(
      config,
    ) as CompileOptions;
    this.compile({
      ...(optimizer && { optimizer }),
      loss: loss ?? null,
      lossWeights: lossWeights ?? null,
      metrics: metrics ?? null,
      weightedMetrics: weightedMetrics ?? null,
      runEagerly: runEagerly ?? false,
    });
  }

  /** How the model was compiled, for files. */
  getCompileConfig(): Record<string, unknown> | null {
    const options = this.#compiled?.options;
    if (!options) return null;
    return {
      optimizer: this.#compiled!.optimizer,
      loss: options.loss ?? null,
      lossWeights: options.lossWeights ?? null,
      metrics: options.metrics ?? null,
      weightedMetrics: options.weightedMetrics ?? null,
      runEagerly: options.runEagerly ?? false,
      stepsPerExecution: 1,
      jitCompile: true,
    };
  }

  /** @internal */
  get trainRunner(): StepRunner {
    this.#trainRunner ??= new StepRunner(
      `${this.name}_train`,
      (batch) => this.#trainLogs.write(this.trainStep(batch)),
      this.runsEagerly,
    );
    return this.#trainRunner;
  }

  /** @internal */
  get testRunner(): StepRunner {
    this.#testRunner ??= new StepRunner(
      `${this.name}_test`,
      (batch) => this.#testLogs.write(this.testStep(batch)),
      this.runsEagerly,
    );
    return this.#testRunner;
  }

  /** @internal */
  get trainLogs(): LogSlot {
    return this.#trainLogs;
  }

  /** @internal */
  get testLogs(): LogSlot {
    return this.#testLogs;
  }

  /** @internal */
  get predictor(): Predictor {
    this.#predictor ??= new Predictor(this);
    return this.#predictor;
  }

  /** Whether a layer is trained changes what a step is, so steps are traced anew. */
  override get trainable(): boolean {
    return super.trainable;
  }

  override set trainable(trainable: boolean) {
    super.trainable = trainable;
    this.#forgetSteps();
  }

  #forgetSteps(): void {
    this.#trainRunner = null;
    this.#testRunner = null;
    this.#predictor = null;
    this.#trainLogs = new LogSlot();
    this.#testLogs = new LogSlot();
  }
}

function batchFrom(x: Data, y: Data | null | undefined, sampleWeight: Data | undefined): Batch {
  return {
    x: toTensorNest(x, 'x'),
    y: toTensorNest(y, 'y'),
    sampleWeight: toTensorNest(sampleWeight, 'sampleWeight'),
  };
}
