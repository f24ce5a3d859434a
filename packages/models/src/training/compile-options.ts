import { Mean } from '@ibex/metrics';
import { getOptimizer, LossScaleOptimizer, type Optimizer, type OptimizerIdentifier } from '@ibex/optimizers';
import type { DTypePolicy } from '@ibex/tensor';
import { CompileLoss, type LossSpec, type LossWeights } from './compile-loss.js';
import { CompileMetrics, type MetricsSpec } from './compile-metrics.js';
import { checkOptionNames } from './option-names.js';

/** What `model.compile` takes. */
export interface CompileOptions {
  /** Default `'rmsprop'`. */
  readonly optimizer?: OptimizerIdentifier;
  readonly loss?: LossSpec | null;
  /** By which the losses of several outputs are multiplied before they are added up. */
  readonly lossWeights?: LossWeights | null;
  readonly metrics?: MetricsSpec | null;
  /** Metrics that take sample weights into account. */
  readonly weightedMetrics?: MetricsSpec | null;
  /** Run every operation at once instead of compiling steps: slow, for debugging. Default false. */
  readonly runEagerly?: boolean;
  /** Under the policy `'mixed_float16'`, scale the loss so that gradients do not underflow. Default true. */
  readonly autoScaleLoss?: boolean;
}

const COMPILE_OPTIONS: Record<keyof CompileOptions, true> = {
  optimizer: true,
  loss: true,
  lossWeights: true,
  metrics: true,
  weightedMetrics: true,
  runEagerly: true,
  autoScaleLoss: true,
};

/** A model's optimizer, losses and metrics. */
export class CompileState {
  readonly options: CompileOptions;
  readonly optimizer: Optimizer;
  readonly loss: CompileLoss | null;
  readonly metrics: CompileMetrics;
  readonly lossTracker = new Mean({ name: 'loss' });

  constructor(options: CompileOptions, policy: DTypePolicy) {
    checkOptionNames('compile', options, COMPILE_OPTIONS);
    this.options = options;
    const optimizer = getOptimizer(options.optimizer ?? 'rmsprop');
    const scale =
      (options.autoScaleLoss ?? true) &&
      policy.name === 'mixed_float16' &&
      !(optimizer instanceof LossScaleOptimizer);
    this.optimizer = scale ? new LossScaleOptimizer(optimizer, { name: 'loss_scale_optimizer' }) : optimizer;
    this.loss = options.loss == null ? null : new CompileLoss(options.loss, options.lossWeights ?? undefined);
    this.metrics = new CompileMetrics(options.metrics ?? undefined, options.weightedMetrics ?? undefined);
  }
}
