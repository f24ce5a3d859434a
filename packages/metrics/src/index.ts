// Metrics: values gathered over batches.
export * from './accuracy.js';
export * from './confusion.js';
export { getMetric, type MetricIdentifier } from './identifiers.js';
export { Metric, type MetricOptions, PairMetric } from './metric.js';
export * from './probabilistic.js';
export { Mean, MeanMetricWrapper, type MetricFunction, Sum } from './reduction.js';
export * from './regression.js';
