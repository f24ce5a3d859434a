import { epsilon, ops, type Tensor, type TensorLike, ValueError, type Variable } from '@ibex/tensor';
import { type MetricOptions, PairMetric } from './metric.js';

export interface MeanIoUOptions extends MetricOptions {
  /** Samples of this class count for nothing. */
  ignoreClass?: number | null;
  /** Whether targets are classes, and not a value for each class. Default true. */
  sparseYTrue?: boolean;
  /** Whether predictions are classes, and not a value for each class. Default true. */
  sparseYPred?: boolean;
  /** The axis of the classes. Default -1. */
  axis?: number;
}

/**
 * The mean over classes of what targets and predictions have in common, by what either has: true positives over true
 * positives and both kinds of errors. Its state is whole numbers, and so are weights, unless `dtype` says otherwise.
 * After `keras.metrics.IoU`.
 */
export class IoU extends PairMetric {
  static override readonly configArguments: readonly string[] = ['numClasses', 'targetClassIds'];
  override readonly direction = 'up';
  readonly numClasses: number;
  readonly targetClassIds: readonly number[];
  readonly ignoreClass: number | null;
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;
  readonly axis: number;
  readonly #confusion: Variable;

  /** @param targetClassIds - the classes that count */
  constructor(
    numClasses: number,
    targetClassIds: readonly number[],
    {
      ignoreClass = null,
      sparseYTrue = true,
      sparseYPred = true,
      axis = -1,
      ...options
    }: MeanIoUOptions = {},
  ) {
    super({ ...options, dtype: options.dtype ?? 'int32' });
    if (!Number.isInteger(numClasses) || numClasses < 1)
      throw new ValueError(
        `${this.name}: numClasses must be a whole number of at least 1, got ${numClasses}.`,
      );
    const odd = targetClassIds.find((id) => !Number.isInteger(id) || id < 0 || id >= numClasses);
    if (odd !== undefined)
      throw new ValueError(`${this.name}: targetClassIds are classes 0 to ${numClasses - 1}, got ${odd}.`);
    this.numClasses = numClasses;
    this.targetClassIds = [...targetClassIds];
    this.ignoreClass = ignoreClass;
    this.sparseYTrue = sparseYTrue;
    this.sparseYPred = sparseYPred;
    this.axis = axis;
    this.#confusion = this.addVariable([numClasses, numClasses], 'total_confusion_matrix');
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const classes = this.numClasses;
    const target = this.#classesOf(yTrue, this.sparseYTrue);
    const prediction = this.#classesOf(yPred, this.sparseYPred);
    const isClass = (values: Tensor): Tensor => values.greaterEqual(0).logicalAnd(values.less(classes));
    let counts = isClass(target).logicalAnd(isClass(prediction));
    if (this.ignoreClass !== null) counts = counts.logicalAnd(target.notEqual(this.ignoreClass));
    const cells = ops.where(counts, target.mul(classes).add(prediction), 0);
    let weights = counts.cast(this.dtype);
    if (sampleWeight !== undefined) {
      const given = ops.cast(sampleWeight, this.dtype);
      const flat = given.rank > 1 ? ops.reshape(given, [-1]) : given;
      weights = ops.where(counts, ops.broadcastTo(flat, target.shape), 0).cast(this.dtype);
    }
    const found = ops.segmentSum(weights, cells, { numSegments: classes * classes });
    this.#confusion.assignAdd(ops.reshape(found, [classes, classes]));
  }

  override result(): Tensor {
    const confusion = this.#confusion.value.cast('float32');
    const ids = [...this.targetClassIds];
    const inBoth = ops.take(ops.diagonal(confusion), ids, 0);
    const inEither = ops.take(ops.sum(confusion, 0).add(ops.sum(confusion, 1)), ids, 0).sub(inBoth);
    // Classes that never came do not count.
    const came = inEither.greater(1e-9);
    const scores = ops.where(came, inBoth.div(inEither.add(epsilon())), 0);
    return ops.sum(scores).div(ops.sum(came.cast('float32')).add(epsilon()));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      numClasses: this.numClasses,
      targetClassIds: this.targetClassIds,
      ignoreClass: this.ignoreClass,
      sparseYTrue: this.sparseYTrue,
      sparseYPred: this.sparseYPred,
      axis: this.axis,
    };
  }

  #classesOf(values: TensorLike, isSparse: boolean): Tensor {
    const classes = isSparse ? ops.convertToTensor(values) : ops.argmax(values, this.axis);
    return ops.reshape(classes, [-1]).cast('int32');
  }
}

/** {@link IoU} over all classes. After `keras.metrics.MeanIoU`. */
export class MeanIoU extends IoU {
  static override readonly configArguments: readonly string[] = ['numClasses'];

  constructor(numClasses: number, options: MeanIoUOptions = {}) {
    super(
      numClasses,
      Array.from({ length: Math.max(0, Math.trunc(numClasses)) }, (_, i) => i),
      options,
    );
  }

  override getConfig(): Record<string, unknown> {
    const { targetClassIds: _, ...config } = super.getConfig();
    return config;
  }
}

export interface BinaryIoUOptions extends MetricOptions {
  /** Which of the classes 0 and 1 count. Default: both. */
  targetClassIds?: readonly number[];
  /** Predictions from it on are class 1. Default 0.5. */
  threshold?: number;
}

/** {@link IoU} of 0/1 targets. After `keras.metrics.BinaryIoU`. */
export class BinaryIoU extends IoU {
  static override readonly configArguments: readonly string[] = [];
  readonly threshold: number;

  constructor({ targetClassIds = [0, 1], threshold = 0.5, ...options }: BinaryIoUOptions = {}) {
    super(2, targetClassIds, options);
    this.threshold = threshold;
  }

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    const prediction = ops.cast(yPred, 'float32').greaterEqual(this.threshold);
    super.updateState(yTrue, prediction.cast('int32'), sampleWeight);
  }

  override getConfig(): Record<string, unknown> {
    const { name, dtype, targetClassIds } = super.getConfig();
    return { name, dtype, targetClassIds, threshold: this.threshold };
  }
}

export type OneHotIoUOptions = Omit<MeanIoUOptions, 'sparseYTrue'>;

/** {@link IoU} of targets, and mostly predictions, that are a value for each class. After `keras.metrics.OneHotIoU`. */
export class OneHotIoU extends IoU {
  constructor(
    numClasses: number,
    targetClassIds: readonly number[],
    { sparseYPred = false, ...options }: OneHotIoUOptions = {},
  ) {
    super(numClasses, targetClassIds, { ...options, sparseYPred, sparseYTrue: false });
  }

  override getConfig(): Record<string, unknown> {
    const { sparseYTrue: _, ...config } = super.getConfig();
    return config;
  }
}

/** {@link OneHotIoU} over all classes. After `keras.metrics.OneHotMeanIoU`. */
export class OneHotMeanIoU extends MeanIoU {
  constructor(numClasses: number, { sparseYPred = false, ...options }: OneHotIoUOptions = {}) {
    super(numClasses, { ...options, sparseYPred, sparseYTrue: false });
  }

  override getConfig(): Record<string, unknown> {
    const { sparseYTrue: _, ...config } = super.getConfig();
    return config;
  }
}
