import { HostRandom } from '@ibex/data';
import { getRandomSeed, makeDefaultSeed, ValueError } from '@ibex/tensor';
import {
  type Callback,
  CallbackList,
  type CallbackParams,
  History,
  type HookName,
  type Logs,
  ProgressLogger,
} from '../callbacks/index.js';
import type { Model } from '../model.js';
import { arrayData, isArrayData, sliceData } from './array-data.js';
import { checkPositiveInteger } from './data-check.js';
import { AbortedError } from './errors.js';
import type { LogSlot } from './logs.js';
import { checkOptionNames } from './option-names.js';
import type { StepRunner } from './runner.js';
import { type EpochSource, sourceOf } from './source.js';

/** How much is printed: `'auto'` and 1 draw a progress bar on a terminal, 2 prints one line an epoch, 0 nothing. */
export type Verbosity = 'auto' | 0 | 1 | 2;

export interface EvaluateOptions {
  /** Samples of a step. Default 32. Not for data that comes in batches. */
  readonly batchSize?: number;
  readonly verbose?: Verbosity;
  readonly sampleWeight?: unknown;
  /** How many batches; default: all. */
  readonly steps?: number;
  readonly callbacks?: readonly Callback[];
  /** Ends the job: it rejects with `AbortedError`. */
  readonly signal?: AbortSignal;
}

export interface FitOptions extends Omit<EvaluateOptions, 'steps'> {
  /** Default 1. */
  readonly epochs?: number;
  /** The share of the samples, from the end, that is kept for validation. Only for data in memory. */
  readonly validationSplit?: number;
  /** `[x, y]`, `[x, y, sampleWeight]`, or a data set of such batches. */
  readonly validationData?: unknown;
  /** Whether the samples of data in memory come in another order every epoch. Default true. */
  readonly shuffle?: boolean;
  /** Weights of samples by the class of their label. */
  readonly classWeight?: Readonly<Record<number, number>>;
  /** The number of the first epoch, to go on with a job. Default 0. */
  readonly initialEpoch?: number;
  /** Default: all batches. */
  readonly stepsPerEpoch?: number;
  readonly validationSteps?: number;
  /** Default: `batchSize`. */
  readonly validationBatchSize?: number;
  /** Validate every so many epochs, or after the epochs of the list (counted from 1). Default 1. */
  readonly validationFreq?: number | readonly number[];
}

const EVALUATE_OPTIONS: Record<keyof EvaluateOptions, true> = {
  batchSize: true,
  verbose: true,
  sampleWeight: true,
  steps: true,
  callbacks: true,
  signal: true,
};

const FIT_OPTIONS: Record<keyof FitOptions, true> = {
  batchSize: true,
  epochs: true,
  verbose: true,
  callbacks: true,
  validationSplit: true,
  validationData: true,
  shuffle: true,
  classWeight: true,
  sampleWeight: true,
  initialEpoch: true,
  stepsPerEpoch: true,
  validationSteps: true,
  validationBatchSize: true,
  validationFreq: true,
  signal: true,
};

export interface Job {
  readonly model: Model;
  readonly callbacks: CallbackList;
  readonly progress: ProgressLogger | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The kind of a job names its hooks. */
type Kind = 'Train' | 'Test' | 'Predict';

export function levelOf(verbose: Verbosity | undefined): CallbackParams['verbose'] {
  return verbose === undefined || verbose === 'auto' ? 1 : verbose;
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError(signal.reason);
}

/** Runs the steps of an epoch, tells callbacks that listen of every batch, and gives the last step's logs. */
export async function runEpoch(
  job: Job,
  kind: Kind,
  source: EpochSource,
  runner: StepRunner,
  logs: LogSlot | undefined,
): Promise<Logs> {
  const { callbacks, progress, signal, model } = job;
  const begin: HookName = `on${kind}BatchBegin`;
  const end: HookName = `on${kind}BatchEnd`;
  const tellsBegin = callbacks.listensTo(begin);
  const tellsEnd = callbacks.listensTo(end);
  throwIfAborted(signal);
  await source.run(runner, {
    seesAll: tellsBegin || tellsEnd,
    before: async (step) => {
      if (tellsBegin) await callbacks.call(begin, step, {});
    },
    after: async (step) => {
      progress?.onStep(step, kind === 'Test');
      if (tellsEnd) await callbacks.call(end, step, (await logs?.read()) ?? {});
      if (progress?.isDue()) progress.draw((await logs?.read()) ?? {});
      throwIfAborted(signal);
      return kind !== 'Train' || !model.stopTraining;
    },
  });
  await runner.drain();
  return (await logs?.read()) ?? {};
}

export async function fit(model: Model, x: unknown, y: unknown, options: FitOptions): Promise<History> {
  const state = model.requireCompiled('fit');
  checkOptionNames('fit', options, FIT_OPTIONS);
  const { batchSize = 32, epochs = 1, initialEpoch = 0, signal } = options;
  checkPositiveInteger('batchSize', batchSize);
  checkPositiveInteger('epochs', epochs, 0);
  const seed = getRandomSeed();
  const random = new HostRandom(seed === null ? Math.floor(Math.random() * 2 ** 32) : makeDefaultSeed());
  const { training, validation } = splitValidation(x, y, options);
  const source = sourceOf(training.x, training.y, training.sampleWeight, {
    batchSize,
    shuffle: options.shuffle ?? true,
    steps: options.stepsPerEpoch,
    random,
    classWeight: options.classWeight,
  });
  const history = new History();
  const verbose = levelOf(options.verbose);
  const progress = verbose === 0 ? undefined : new ProgressLogger();
  const own = (options.callbacks ?? []).filter((callback) => callback !== history);
  const callbacks = new CallbackList([...own, ...(progress ? [progress] : []), history], model, {
    verbose,
    epochs,
    steps: source.steps,
  });
  const job: Job = { model, callbacks, progress, signal };
  model.stopTraining = false;
  model.startEpoch = null;
  throwIfAborted(signal);
  await callbacks.call('onTrainBegin', {});
  let last: Logs = {};
  for (let epoch = model.startEpoch ?? initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
    model.resetMetrics();
    await callbacks.call('onEpochBegin', epoch, {});
    last = await runEpoch(job, 'Train', source, model.trainRunner, model.trainLogs);
    if (validation !== undefined && validatesAfter(epoch, options.validationFreq)) {
      const found = await evaluateWithin(job, validation, options, random);
      last = {
        ...last,
        ...Object.fromEntries(Object.entries(found).map(([name, value]) => [`val_${name}`, value])),
      };
    }
    await callbacks.call('onEpochEnd', epoch, last);
  }
  state.optimizer.finalizeVariableValues(model.trainableVariables);
  await callbacks.call('onTrainEnd', last);
  return history;
}

function validatesAfter(epoch: number, frequency: FitOptions['validationFreq'] = 1): boolean {
  return typeof frequency === 'number' ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);
}

interface Part {
  readonly x: unknown;
  readonly y: unknown;
  readonly sampleWeight: unknown;
}

function splitValidation(
  x: unknown,
  y: unknown,
  options: FitOptions,
): { training: Part; validation: Part | undefined } {
  const { validationSplit: share = 0, validationData: given, sampleWeight } = options;
  const whole: Part = { x, y, sampleWeight };
  if (given !== undefined && given !== null) {
    if (Array.isArray(given))
      return { training: whole, validation: { x: given[0], y: given[1], sampleWeight: given[2] } };
    return { training: whole, validation: { x: given, y: undefined, sampleWeight: undefined } };
  }
  if (share === 0) return { training: whole, validation: undefined };
  if (!(share > 0 && share < 1)) throw new ValueError(`validationSplit must lie in [0, 1), got ${share}.`);
  if (!isArrayData(x)) {
    throw new ValueError(
      'validationSplit needs data in memory (tensors or arrays); pass validationData with a data set.',
    );
  }
  const data = arrayData(x, y, sampleWeight);
  const at = Math.floor(data.count * (1 - share));
  if (at === 0 || at === data.count) {
    throw new ValueError(
      `validationSplit ${share} of ${data.count} samples leaves ${at} to train on and ${data.count - at} to validate with; both need at least one.`,
    );
  }
  return { training: sliceData(data, 0, at), validation: sliceData(data, at, data.count) };
}

async function evaluateWithin(job: Job, part: Part, options: FitOptions, random: HostRandom): Promise<Logs> {
  const { model, callbacks } = job;
  const source = sourceOf(part.x, part.y, part.sampleWeight, {
    batchSize: options.validationBatchSize ?? options.batchSize ?? 32,
    shuffle: false,
    steps: options.validationSteps,
    random,
  });
  await callbacks.call('onTestBegin', {});
  model.resetMetrics();
  const logs = await runEpoch(job, 'Test', source, model.testRunner, model.testLogs);
  await callbacks.call('onTestEnd', logs);
  return logs;
}

export async function evaluate(
  model: Model,
  x: unknown,
  y: unknown,
  options: EvaluateOptions,
): Promise<Logs> {
  model.requireCompiled('evaluate');
  checkOptionNames('evaluate', options, EVALUATE_OPTIONS);
  const batchSize = checkPositiveInteger('batchSize', options.batchSize ?? 32);
  const source = sourceOf(x, y, options.sampleWeight, {
    batchSize,
    shuffle: false,
    steps: options.steps,
    random: new HostRandom(0),
  });
  const verbose = levelOf(options.verbose);
  const progress = verbose === 0 ? undefined : new ProgressLogger();
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...(progress ? [progress] : [])], model, {
    verbose,
    epochs: 1,
    steps: source.steps,
  });
  model.resetMetrics();
  await callbacks.call('onTestBegin', {});
  const logs = await runEpoch(
    { model, callbacks, progress, signal: options.signal },
    'Test',
    source,
    model.testRunner,
    model.testLogs,
  );
  await callbacks.call('onTestEnd', logs);
  return logs;
}
