import { readFileSync } from 'node:fs';
import { mapKeys, tensor, toCamelKey, toSnakeKey, Variable } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import * as optimizers from './index.js';

/** Weights after ten steps, and values of schedules, as Keras 3.15 gives them. */
interface Case {
  readonly options: Record<string, unknown>;
  readonly w: number[][];
  readonly b: number[];
  readonly config: Record<string, unknown>;
}
interface ScheduleCase {
  readonly options: Record<string, unknown>;
  readonly values: number[];
}
const cases = JSON.parse(readFileSync(new URL('./keras-cases.json', import.meta.url), 'utf8')) as {
  readonly optimizers: Record<string, Case>;
  readonly schedules: Record<string, ScheduleCase>;
  readonly lossScale: Pick<Case, 'w' | 'b'> & { readonly scale: number };
};

const exported = optimizers as unknown as Record<string, new (...args: unknown[]) => optimizers.Optimizer>;
const schedules = optimizers as unknown as Record<
  string,
  { fromConfig(config: Record<string, unknown>): { at(step: unknown): { item(): number } } }
>;
const variablesOf = (): [Variable, Variable] => [
  new Variable(
    [
      [0.5, -0.3],
      [0.2, 0.8],
    ],
    { name: 'w' },
  ),
  new Variable([0.1, -0.1], { name: 'b' }),
];
const gradientsAt = (t: number, scale = 1): [number[][], number[]] => [
  [
    [0.1 * (t + 1) * scale, -0.2 * scale],
    [0.3 * scale, 0.05 * t * scale],
  ],
  [(t % 2 === 0 ? 0.5 : -0.5) * scale, 1.5 * scale],
];

describe.each(Object.entries(cases.optimizers))('%s', (title, { options, w, b, config }) => {
  const Class = exported[title.split(' ')[0]!] as unknown as {
    fromConfig(config: Record<string, unknown>): optimizers.Optimizer;
  };
  const optimizer = Class.fromConfig(mapKeys(options, toCamelKey));

  it('updates as Keras does over ten steps', () => {
    const variables = variablesOf();
    for (let t = 0; t < 10; t++)
      optimizer.apply(
        gradientsAt(t).map((gradient) => tensor(gradient)),
        variables,
      );
    expectClose(variables[0].value, w, { rtol: 1e-4, atol: 1e-6 });
    expectClose(variables[1].value, b, { rtol: 1e-4, atol: 1e-6 });
  });

  it("has Keras's configuration", () => {
    const { name: _, ...expected } = config;
    const { name: own, ...found } = mapKeys(optimizer.getConfig(), toSnakeKey);
    expect(typeof own).toBe('string');
    const rounded = Object.fromEntries(
      Object.entries(found).map(([key, value]) => [
        key,
        typeof value === 'number' ? Number(value.toFixed(9)) : value,
      ]),
    );
    expect(rounded).toMatchObject(expected);
  });
});

describe('LossScaleOptimizer', () => {
  it('scales, skips steps with infinite gradients, and halves and doubles the scale', () => {
    const optimizer = new optimizers.LossScaleOptimizer(new optimizers.SGD(0.1), {
      initialScale: 4,
      dynamicGrowthSteps: 3,
    });
    const variables = variablesOf();
    for (let t = 0; t < 10; t++) {
      const [w, b] = gradientsAt(t, 4);
      const first = tensor(w);
      optimizer.apply([t === 5 ? first.mul(Number.POSITIVE_INFINITY) : first, tensor(b)], variables);
    }
    expectClose(variables[0].value, cases.lossScale.w, { rtol: 1e-4 });
    expectClose(variables[1].value, cases.lossScale.b, { rtol: 1e-4 });
  });
});

describe.each(Object.entries(cases.schedules))('%s', (title, { options, values }) => {
  it('gives the rates that Keras gives', () => {
    const schedule = schedules[title.split(' ')[0]!]!.fromConfig(mapKeys(options, toCamelKey));
    const found = values.map((_, step) => schedule.at(tensor(step, { dtype: 'int32' })).item());
    expectClose(found, values, { rtol: 1e-5, atol: 1e-7 });
  });
});
