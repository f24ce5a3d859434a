import { beforeEach, describe, expect, test } from 'vitest';
import {
  compile,
  getRandomSeed,
  makeDefaultSeed,
  ops,
  random,
  SeedGenerator,
  setRandomSeed,
  type Tensor,
  tensor,
} from '../index.js';
import { expectClose } from '../testing/index.js';

const COUNT = 100_000;

function moments(x: Tensor): { mean: number; std: number; min: number; max: number } {
  const wide = x.cast('float64');
  return { mean: wide.mean().item(), std: wide.std().item(), min: wide.min().item(), max: wide.max().item() };
}

beforeEach(() => setRandomSeed(12345));

describe('seeds', () => {
  test('a number gives the same numbers at each call', () => {
    const draw = (): unknown => random.normal([5], { seed: 3 }).arraySync();
    expect(draw()).toEqual(draw());
    expect(random.normal([5], { seed: 4 }).arraySync()).not.toEqual(draw());
  });

  test('a generator gives others at each call, and the same after the same seed', () => {
    const draws = (): unknown[] => {
      const seed = new SeedGenerator(3);
      return [random.uniform([3], { seed }).arraySync(), random.uniform([3], { seed }).arraySync()];
    };
    const [first, second] = draws();
    expect(first).not.toEqual(second);
    expect(draws()).toEqual([first, second]);
  });

  test('the global seed determines what is drawn without one', () => {
    const draws = (): unknown[] => [
      random.uniform([3]).arraySync(),
      makeDefaultSeed(),
      new SeedGenerator().getConfig().seed,
    ];
    setRandomSeed(7);
    const first = draws();
    expect(draws()).not.toEqual(first);
    setRandomSeed(7);
    expect(draws()).toEqual(first);
    expect(getRandomSeed()).toBe(7);
  });

  test('seeds that are none are refused', () => {
    expect(() => random.normal([1], { seed: -1 })).toThrow(/seed/);
    expect(() => random.normal([1], { seed: 1.5 })).toThrow(/seed/);
    expect(() => random.normal([1], { seed: 'a' as never })).toThrow(/seed/);
  });
});

test('a compiled function draws the numbers that an uncompiled one does, and new ones at each call', () => {
  const seed = new SeedGenerator(5);
  const f = compile(() => random.normal([4], { seed }));
  const compiled = [f().arraySync(), f().arraySync()];
  const again = new SeedGenerator(5);
  expect([0, 1].map(() => random.normal([4], { seed: again }).arraySync())).toEqual(compiled);
});

describe('distributions', () => {
  test('uniform', () => {
    const { mean, std, min, max } = moments(random.uniform([COUNT], { minval: -1, maxval: 3, seed: 1 }));
    expect(Math.abs(mean - 1)).toBeLessThan(0.02);
    expect(Math.abs(std - 4 / Math.sqrt(12))).toBeLessThan(0.01);
    expect(min).toBeGreaterThanOrEqual(-1);
    expect(max).toBeLessThan(3);
  });

  test.each(['float16', 'bfloat16', 'float32', 'float64'] as const)(
    'uniform in %s stays below its upper bound',
    (dtype) => {
      const x = random.uniform([COUNT], { minval: 1, maxval: 2, dtype, seed: 2 });
      expect(x.dtype).toBe(dtype);
      expect(moments(x).max).toBeLessThan(2);
      expect(moments(x).min).toBeGreaterThanOrEqual(1);
    },
  );

  test.each(['float32', 'float64'] as const)('normal in %s', (dtype) => {
    const { mean, std, max } = moments(random.normal([COUNT], { mean: 2, stddev: 3, dtype, seed: 1 }));
    expect(Math.abs(mean - 2)).toBeLessThan(0.04);
    expect(Math.abs(std - 3)).toBeLessThan(0.03);
    expect(max).toBeGreaterThan(11);
    expect(Number.isFinite(max)).toBe(true);
  });

  test('truncatedNormal stays within two deviations', () => {
    const { mean, std, min, max } = moments(random.truncatedNormal([COUNT], { seed: 1 }));
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(std - 0.8796)).toBeLessThan(0.01);
    expect(min).toBeGreaterThanOrEqual(-2);
    expect(max).toBeLessThanOrEqual(2);
    expect(max).toBeGreaterThan(1.99);
  });

  test.each([
    [0, 10],
    [-3, 4],
    [0, 1_000_000],
  ])('randint from %d to %d', (low, high) => {
    const x = random.randint([COUNT], low, high, { seed: 1 });
    expect(x.dtype).toBe('int32');
    const { mean, min, max } = moments(x);
    const range = high - low;
    expect(min).toBeGreaterThanOrEqual(low);
    expect(max).toBeLessThan(high);
    expect(Math.abs(mean - (low + high - 1) / 2) / range).toBeLessThan(0.005);
    if (range < 20) expect(max - min).toBe(range - 1);
  });

  test('randint refuses an empty range', () => {
    expect(() => random.randint([1], 3, 3)).toThrow(/minval < maxval/);
  });

  test('bernoulli', () => {
    expect(Math.abs(moments(random.bernoulli([COUNT], { p: 0.3, seed: 1 })).mean - 0.3)).toBeLessThan(0.005);
    expect(random.bernoulli([100], { p: 1, seed: 1 }).min().item()).toBe(1);
    expect(random.bernoulli([100], { p: 0, seed: 1 }).max().item()).toBe(0);
  });

  test('categorical draws classes by their probabilities', () => {
    const logits = tensor([
      [Math.log(0.1), Math.log(0.6), Math.log(0.3)],
      [0, -Infinity, 0],
    ]);
    const drawn = random.categorical(logits, 20_000, { seed: 1 });
    expect(drawn.shape).toEqual([2, 20_000]);
    const shares = ops.oneHot(drawn, 3).mean(1).arraySync() as number[][];
    expectClose(
      tensor(shares),
      [
        [0.1, 0.6, 0.3],
        [0.5, 0, 0.5],
      ],
      { atol: 0.015 },
    );
  });

  test('gamma, beta and binomial have their means and deviations', () => {
    for (const alpha of [0.5, 1, 4]) {
      const { mean, std } = moments(random.gamma([COUNT], alpha, { seed: 1 }));
      expect(Math.abs(mean / alpha - 1)).toBeLessThan(0.03);
      expect(Math.abs(std / Math.sqrt(alpha) - 1)).toBeLessThan(0.03);
    }
    const beta = moments(random.beta([COUNT], 2, 3, { seed: 1 }));
    expect(Math.abs(beta.mean - 0.4)).toBeLessThan(0.005);
    expect(Math.abs(beta.std - 0.2)).toBeLessThan(0.005);
    const binomial = moments(random.binomial([COUNT], 10, 0.2, { seed: 1 }));
    expect(Math.abs(binomial.mean - 2)).toBeLessThan(0.02);
    expect(Math.abs(binomial.std - Math.sqrt(1.6))).toBeLessThan(0.02);
  });
});

test('shuffle keeps the entries', () => {
  const x = ops.arange(100);
  const shuffled = random.shuffle(x, { seed: 1 }).arraySync() as number[];
  expect(shuffled).not.toEqual(x.arraySync());
  expect([...shuffled].sort((a, b) => a - b)).toEqual(x.arraySync());
  const columns = random
    .shuffle(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      { axis: 1, seed: 1 },
    )
    .arraySync() as number[][];
  expect(columns[0]!.map((value) => value + 3)).toEqual(columns[1]);
});

test('dropout scales what is left, and drops whole axes by noiseShape', () => {
  const x = ops.ones([1000, 20]);
  const dropped = random.dropout(x, 0.25, { seed: 1 });
  expect(Math.abs(moments(dropped).mean - 1)).toBeLessThan(0.02);
  expect(dropped.max().item()).toBeCloseTo(4 / 3);
  const rows = random.dropout(x, 0.5, { noiseShape: [null, 1], seed: 1 });
  expect(rows.std(1).max().item()).toBe(0);
  expect(random.dropout(x, 0, { seed: 1 })).toBe(x);
  expect(() => random.dropout(x, 1)).toThrow(/rate/);
});
