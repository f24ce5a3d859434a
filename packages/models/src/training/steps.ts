import {
  nameScope,
  ops,
  type Tensor,
  type TensorLike,
  ValueError,
  valueAndGradVariables,
} from '@ibex/tensor';
import type { Model } from '../model.js';
import { tensorsIn } from './array-data.js';
import type { Batch } from './batch.js';
import type { CompileState } from './compile-options.js';
import type { StepLogs } from './logs.js';
import { flattenOutputs, type Outputs, type PerOutput, perOutput } from './outputs.js';

/** What a loss is computed from. */
export interface LossInputs {
  readonly x?: unknown;
  readonly y?: unknown;
  readonly yPred: unknown;
  readonly sampleWeight?: unknown;
}

function isTensorLeaf(value: unknown): value is TensorLike {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value;
}

/** Predictions, and targets and weights in their order. */
function align(
  model: Model,
  { y, yPred, sampleWeight }: LossInputs,
): { outputs: Outputs; targets: (TensorLike | null)[]; weights: (TensorLike | null)[] } {
  const outputs = flattenOutputs(yPred, model.outputNames);
  return {
    outputs,
    targets: perOutput(y as PerOutput<TensorLike> | undefined, outputs.names, isSingleTarget(outputs), 'y'),
    weights: perOutput(
      sampleWeight as PerOutput<TensorLike> | undefined,
      outputs.names,
      isTensorLeaf,
      'sampleWeight',
    ),
  };
}

/** One target for several outputs is a mistake; for one output it is that output's. */
function isSingleTarget({ names }: Outputs): (value: unknown) => value is TensorLike {
  return (value): value is TensorLike => {
    if (!isTensorLeaf(value)) return false;
    if (names.length > 1) {
      throw new ValueError(
        `y: the model has ${names.length} outputs (${names.join(', ')}), but one target was given; pass one for each.`,
      );
    }
    return true;
  };
}

/** The loss given to `compile`, plus what layers add (`addLoss`, regularizers): a scalar. */
export function computeLoss(model: Model, state: CompileState, inputs: LossInputs): Tensor {
  const { outputs, targets, weights } = align(model, inputs);
  const parts = [...model.losses];
  const own = nameScope(`${model.name}/loss`, () => state.loss?.total(targets, outputs, weights));
  if (own) parts.unshift(own);
  if (parts.length === 0) {
    throw new ValueError(
      `The model '${model.name}' has nothing to minimise: compile it with a loss, or add one in a layer (addLoss).`,
    );
  }
  return parts
    .map((part) => (part.rank === 0 ? part : ops.sum(part)))
    .reduce((sum, part) => sum.add(part.cast(sum.dtype)));
}

/** Updates the metrics given to `compile`, and gives the values of all. */
export function computeMetrics(model: Model, state: CompileState, inputs: LossInputs): StepLogs {
  const { outputs, targets, weights } = align(model, inputs);
  state.metrics.update(targets, outputs, weights);
  return metricResults(model, state);
}

/** Every metric's value so far. */
export function metricResults(model: Model, state: CompileState): StepLogs {
  const results: Record<string, TensorLike> = { loss: state.lossTracker.result() };
  for (const tracker of state.loss?.metrics ?? []) results[tracker.name] = tracker.result();
  Object.assign(results, state.metrics.result());
  for (const metric of model.metrics) {
    if ('result' in metric && typeof metric.result === 'function')
      results[metric.name] = (metric.result as () => Tensor)();
  }
  return results;
}

/** Predictions, loss, gradients, update, metrics. */
export function defaultTrainStep(model: Model, state: CompileState, { x, y, sampleWeight }: Batch): StepLogs {
  const { optimizer } = state;
  // A model that builds itself at its first call has its variables only after it.
  if (!model.built) model.invoke(x, { training: false });
  const variables = model.trainableVariables;
  let yPred: unknown;
  let loss: Tensor | undefined;
  const forward = (): Tensor => {
    yPred = model.invoke(x, { training: true });
    loss = model.computeLoss({ x, y, yPred, sampleWeight });
    return optimizer.scaleLoss(loss);
  };
  if (variables.length > 0) optimizer.apply(valueAndGradVariables(forward, variables).gradients, variables);
  else forward();
  state.lossTracker.updateState(loss!, batchSize(x));
  return model.computeMetrics({ x, y, yPred, sampleWeight });
}

/** Predictions, loss, metrics. */
export function defaultTestStep(model: Model, state: CompileState, { x, y, sampleWeight }: Batch): StepLogs {
  const yPred = model.invoke(x, { training: false });
  if (state.loss || model.losses.length > 0) {
    state.lossTracker.updateState(model.computeLoss({ x, y, yPred, sampleWeight }), batchSize(x));
  }
  return model.computeMetrics({ x, y, yPred, sampleWeight });
}

function batchSize(x: unknown): number {
  return tensorsIn(x)[0]?.shape[0] ?? 1;
}
