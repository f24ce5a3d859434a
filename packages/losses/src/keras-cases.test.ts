import { readFileSync } from 'node:fs';
import { mapKeys, setMask, tensor, toCamelKey, toSnakeKey } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import * as losses from './index.js';

/** Losses with and without sample weights in every reduction, as Keras 3.15 gives them. */
interface Row {
  readonly name: string;
  readonly options: Record<string, unknown>;
  readonly data: string;
  readonly results: Record<losses.Reduction, [never, never]>;
  readonly config: Record<string, unknown>;
}
const cases = JSON.parse(readFileSync(new URL('./keras-cases.json', import.meta.url), 'utf8')) as {
  readonly data: Record<string, [never, never]>;
  readonly sampleWeight: number[];
  readonly rows: readonly Row[];
  readonly masked: { readonly p: number[][][]; readonly y: number };
};
const exported = losses as unknown as Record<string, new (options: object) => losses.Loss>;

describe.each(cases.rows)('$name $options', ({ name, options, data, results, config }) => {
  const Class = exported[name]!;
  const [target, prediction] = cases.data[data]!;

  it.each(Object.entries(results))('reduces by %s as Keras does', (reduction, [plain, weighted]) => {
    const loss = new Class({ ...mapKeys(options, toCamelKey), reduction });
    expectClose(loss.apply(target, prediction), plain, { rtol: 1e-4, atol: 1e-6 });
    if (weighted !== null) {
      expectClose(loss.apply(target, prediction, cases.sampleWeight), weighted, { rtol: 1e-4, atol: 1e-6 });
    }
  });

  it("has all of Keras's configuration", () => {
    expect(mapKeys(new Class(mapKeys(options, toCamelKey)).getConfig(), toSnakeKey)).toMatchObject(config);
  });
});

describe('masks', () => {
  it('leave masked steps out', () => {
    const prediction = tensor(cases.masked.p);
    const mask = [
      [1, 1, 0, 0],
      [1, 1, 1, 1],
      [0, 0, 0, 1],
    ];
    setMask(prediction, tensor(mask).cast('bool'));
    const loss = new losses.MeanSquaredError().apply(prediction.mul(0), prediction);
    expectClose(loss, cases.masked.y, { rtol: 1e-5 });
  });
});
