// Metrics: values gathered over batches.
export * from './accuracy.js';
export * from './auc.js';
export * from './confusion.js';
export * from './correlation.js';
export * from './f-score.js';
export { getMetric, type MetricIdentifier } from './identifiers.js';
export * from './iou.js';
export { Metric, type MetricOptions, PairMetric } from './metric.js';
export * from './operating-points.js';
export * from './probabilistic.js';
export { Mean, MeanMetricWrapper, type MetricFunction, Sum } from './reduction.js';
export * from './regression.js';
