// The forms in which a model's constructor and `fit` take their arguments.
import type { LayerOptions } from '@ibex/layers';
import { KerasTensor, ValueError } from '@ibex/tensor';
import type { SymbolicNest } from './graph/functional-graph.js';
import { isArrayData } from './training/array-data.js';
import type { Data } from './training/batch.js';
import type { BatchStream } from './training/source.js';

export interface ModelOptions extends LayerOptions {}

/** The graph of a functional model by name: `new Model({ inputs, outputs, name })`. */
export interface GraphModelOptions extends ModelOptions {
  readonly inputs: SymbolicNest;
  readonly outputs: SymbolicNest;
}

/** Batches from somewhere. */
export type BatchSource = BatchStream | (() => BatchStream);

/** What `fit` and `evaluate` take for x: data in memory, or batches from somewhere. */
export type TrainingData = Data | BatchSource;

/** Batches bring their targets, so options may follow them at once. */
export function targetsAndOptions<Options extends object>(
  x: TrainingData,
  second: Data | Options | null | undefined,
  options: Options | undefined,
): [Data | undefined, Partial<Options>] {
  if (options === undefined && second !== null && !isArrayData(x) && isPlainObject(second)) {
    return [undefined, second as Options];
  }
  return [(second ?? undefined) as Data | undefined, options ?? {}];
}

function isPlainObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}

/** What a model is made with, by name. Throws `ValueError` for one of inputs and outputs without the other. */
export function modelArguments(
  first: ModelOptions | GraphModelOptions | SymbolicNest,
  outputs: SymbolicNest | undefined,
  options: ModelOptions,
): ModelOptions & Partial<GraphModelOptions> {
  if (outputs !== undefined) return { ...options, inputs: first as SymbolicNest, outputs };
  const named = first as ModelOptions & Partial<GraphModelOptions>;
  if ((named.inputs === undefined) !== (named.outputs === undefined) || isSymbolic(first)) {
    throw new ValueError('A functional model takes inputs and outputs: new Model(inputs, outputs).');
  }
  return named;
}

function isSymbolic(value: unknown): boolean {
  return value instanceof KerasTensor || Array.isArray(value);
}
