import { matchRanks } from '@ibex/losses';
import { floatx, ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import type { MetricOptions } from './metric.js';
import { MeanMetricWrapper } from './reduction.js';

function pair(yTrue: TensorLike, yPred: TensorLike): [Tensor, Tensor] {
  const prediction = ops.convertToTensor(yPred);
  return matchRanks(ops.cast(yTrue, prediction.dtype), prediction);
}

/** 1 where targets and predictions are equal, averaged over the last axis. */
export function accuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [target, prediction] = pair(yTrue, yPred);
  return ops.mean(target.equal(prediction).cast(floatx()), -1);
}

/** How often `yPred > threshold` says what the 0/1 target says, averaged over the last axis. */
export function binaryAccuracy(yTrue: TensorLike, yPred: TensorLike, threshold = 0.5): Tensor {
  const [target, prediction] = pair(yTrue, yPred);
  return ops.mean(target.equal(prediction.greater(threshold).cast(target.dtype)).cast(floatx()), -1);
}

/** 1 where the one-hot target's class has the highest prediction. `[…, classes]` to `[…]`. */
export function categoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return ops.equal(ops.argmax(yTrue, -1), ops.argmax(yPred, -1)).cast(floatx());
}

/** Labels `[…]` of predictions `[…, classes]`, whose targets may have a last axis of 1. */
function labelsOf(yTrue: TensorLike, prediction: Tensor): Tensor {
  const labels = ops.convertToTensor(yTrue);
  return labels.rank === prediction.rank && labels.shape[labels.rank - 1] === 1
    ? ops.squeeze(labels, -1)
    : labels;
}

/** 1 where the integer target's class has the highest prediction. `[…]` (or `[…, 1]`) and `[…, classes]` to `[…]`. */
export function sparseCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const prediction = ops.convertToTensor(yPred);
  const labels = labelsOf(yTrue, prediction).cast('int32');
  return labels.equal(ops.argmax(prediction, -1)).cast(floatx());
}

/** 1 where the one-hot target's class is among the `k` highest predictions. */
export function topKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, k = 5): Tensor {
  return sparseTopKCategoricalAccuracy(ops.argmax(yTrue, -1), yPred, k);
}

/** 1 where the integer target's class is among the `k` highest predictions. */
export function sparseTopKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, k = 5): Tensor {
  if (!Number.isInteger(k) || k < 1)
    throw new ValueError(`topK accuracy: k must be an integer of at least 1, got ${k}.`);
  const prediction = ops.convertToTensor(yPred);
  const labels = ops.expandDims(labelsOf(yTrue, prediction).cast('int32'), -1);
  const own = ops.takeAlongAxis(prediction, labels, -1);
  const ahead = ops.sum(prediction.greater(own).cast('int32'), -1);
  const isFinite = ops.all(ops.isfinite(own), -1);
  return ahead.less(k).logicalAnd(isFinite).cast(floatx());
}

/** How often predictions equal targets. After `keras.metrics.Accuracy`. */
export class Accuracy extends MeanMetricWrapper {
  override readonly direction = 'up';
  constructor(options: MetricOptions = {}) {
    super(accuracy, { name: 'accuracy', ...options });
  }
}

/** How often predictions match 0/1 targets. After `keras.metrics.BinaryAccuracy`. */
export class BinaryAccuracy extends MeanMetricWrapper {
  override readonly direction = 'up';
  readonly threshold: number;

  constructor({ threshold = 0.5, ...options }: MetricOptions & { threshold?: number } = {}) {
    super((yTrue, yPred) => binaryAccuracy(yTrue, yPred, threshold), { name: 'binary_accuracy', ...options });
    this.threshold = threshold;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

/** How often the highest prediction is the one-hot target's class. After `keras.metrics.CategoricalAccuracy`. */
export class CategoricalAccuracy extends MeanMetricWrapper {
  override readonly direction = 'up';
  constructor(options: MetricOptions = {}) {
    super(categoricalAccuracy, { name: 'categorical_accuracy', ...options });
  }
}

/** How often the highest prediction is the integer target's class. After `keras.metrics.SparseCategoricalAccuracy`. */
export class SparseCategoricalAccuracy extends MeanMetricWrapper {
  override readonly direction = 'up';
  constructor(options: MetricOptions = {}) {
    super(sparseCategoricalAccuracy, { name: 'sparse_categorical_accuracy', ...options });
  }
}

/** How often the one-hot target's class is among the `k` highest. After `keras.metrics.TopKCategoricalAccuracy`. */
export class TopKCategoricalAccuracy extends MeanMetricWrapper {
  override readonly direction = 'up';
  readonly k: number;

  constructor({ k = 5, ...options }: MetricOptions & { k?: number } = {}) {
    super((yTrue, yPred) => topKCategoricalAccuracy(yTrue, yPred, k), {
      name: 'top_k_categorical_accuracy',
      ...options,
    });
    this.k = k;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), k: this.k };
  }
}

/** How often the integer target's class is among the `k` highest. After `keras.metrics.SparseTopKCategoricalAccuracy`. */
export class SparseTopKCategoricalAccuracy extends MeanMetricWrapper {
  override readonly direction = 'up';
  readonly k: number;

  constructor({ k = 5, ...options }: MetricOptions & { k?: number } = {}) {
    super((yTrue, yPred) => sparseTopKCategoricalAccuracy(yTrue, yPred, k), {
      name: 'sparse_top_k_categorical_accuracy',
      ...options,
    });
    this.k = k;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), k: this.k };
  }
}
