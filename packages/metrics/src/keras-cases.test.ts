import { readFileSync } from 'node:fs';
import { mapKeys, toCamelKey } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, it } from 'vitest';
import * as metrics from './index.js';

/** What metrics give for a batch, for a weighted batch, and for that and two samples more, in Keras 3.15. */
interface Row {
  readonly name: string;
  readonly options: Record<string, unknown>;
  readonly data: string;
  readonly plain: never;
  readonly weighted: never;
  readonly more: never;
}
const cases = JSON.parse(readFileSync(new URL('./keras-cases.json', import.meta.url), 'utf8')) as {
  readonly data: Record<string, [never[], never[]]>;
  readonly sampleWeight: number[];
  readonly rows: readonly Row[];
};
const exported = metrics as unknown as Record<string, new (options: object) => metrics.PairMetric>;
const close = { rtol: 1e-4, atol: 1e-6 };

describe.each(cases.rows)('$name $options', ({ name, options, data, plain, weighted, more }) => {
  it('gathers batches as Keras does', () => {
    const metric = new exported[name]!(mapKeys(options, toCamelKey));
    const [target, prediction] = cases.data[data]!;
    metric.updateState(target, prediction);
    expectClose(metric.result(), plain, close);
    metric.resetState();
    metric.updateState(target, prediction, cases.sampleWeight);
    expectClose(metric.result(), weighted, close);
    metric.updateState(target.slice(0, 2), prediction.slice(0, 2));
    expectClose(metric.result(), more, close);
  });
});
