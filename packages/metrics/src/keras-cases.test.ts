import { readFileSync } from 'node:fs';
import { mapKeys, toCamelKey, toSnakeKey } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import * as metrics from './index.js';

/** What metrics give for a batch, for a weighted batch, and for that and two samples more, in Keras 3.15. */
interface Row {
  readonly name: string;
  /** What the constructor takes before its options. */
  readonly arguments?: readonly unknown[];
  readonly options: Record<string, unknown>;
  readonly data: string;
  readonly plain: never;
  readonly weighted: never;
  readonly more: never;
  /** The weights of the weighted batch, where they are not those of all rows; null for none. */
  readonly weights?: never | null;
  readonly config: Record<string, unknown>;
}
const cases = JSON.parse(readFileSync(new URL('./keras-cases.json', import.meta.url), 'utf8')) as {
  readonly data: Record<string, [never[], never[]]>;
  readonly sampleWeight: number[];
  readonly rows: readonly Row[];
};
interface MetricClass {
  new (...args: unknown[]): metrics.PairMetric;
  fromConfig(config: Record<string, unknown>): metrics.PairMetric;
}
const exported = metrics as unknown as Record<string, MetricClass>;
const close = { rtol: 1e-4, atol: 1e-6 };

describe.each(cases.rows)('$name $arguments $options', (row) => {
  const { name, options, data, plain, weighted, more, config, weights = cases.sampleWeight } = row;
  const make = (): metrics.PairMetric =>
    new exported[name]!(...(row.arguments ?? []), mapKeys(options, toCamelKey));

  it('gathers batches as Keras does', () => {
    const metric = make();
    const [target, prediction] = cases.data[data]!;
    metric.updateState(target, prediction);
    expectClose(metric.result(), plain, close);
    metric.resetState();
    metric.updateState(target, prediction, weights ?? undefined);
    expectClose(metric.result(), weighted, close);
    metric.updateState(target.slice(0, 2), prediction.slice(0, 2));
    expectClose(metric.result(), more, close);
  });

  it('has the configuration that Keras gives it, and is made of it', () => {
    const own = make().getConfig();
    const { name: _, ...expected } = config;
    const { name: __, dtype: ___, ...found } = mapKeys(own, toSnakeKey);
    expect(found).toMatchObject(expected);
    expect(exported[name]!.fromConfig(own).getConfig()).toEqual(own);
  });
});

it.each([
  ['cosine_similarity', 1],
  ['CosineSimilarity', 1],
  ['auc', 0],
])('%s stands for the metric', (name, expected) => {
  const metric = metrics.getMetric(name) as metrics.PairMetric;
  metric.updateState([[1, 2]], [[1, 2]]);
  expectClose(metric.result(), expected, close);
});

it.each([
  [() => new metrics.AUC({ curve: 'roc' as never }), /curve/],
  [() => new metrics.AUC({ numThresholds: 1 }), /numThresholds/],
  [() => new metrics.AUC({ numLabels: 2 }), /multiLabel/],
  [() => new metrics.AUC({ thresholds: [2] }), /\[0, 1\]/],
  [() => new metrics.IoU(2, [2]), /0 to 1/],
  [() => new metrics.F1Score({ average: 'mean' as never }), /average/],
  [() => new metrics.F1Score().updateState([1], [1]), /\[batch, classes\]/],
  [() => new metrics.RecallAtPrecision(1.5), /precision/],
  [() => new metrics.R2Score().updateState([1], [1]), /\[batch, outputs\]/],
  [() => new metrics.Precision({ classId: 1 }).updateState([1], [1]), /classId/],
])('what can not be is refused: %s', (call, message) => {
  expect(call).toThrow(message);
});
