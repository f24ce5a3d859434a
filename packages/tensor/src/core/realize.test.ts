import { expect, test } from 'vitest';
import { ops, random, realizeAll, scope, setEager, type Tensor, tensor } from '../index.js';
import { addon } from './runtime.js';

const runs = (): number => addon().stats().programRuns;

test('nothing is computed before a value is asked for, and then as one program', () => {
  const before = runs();
  const x = ops.arange(6).cast('float32').reshape([2, 3]);
  const y = x.matmul(x.transpose()).add(1).sum(0);
  expect(runs()).toBe(before);
  expect(y.arraySync()).toEqual([21, 66]);
  expect(runs()).toBe(before + 1);
  y.arraySync();
  expect(runs()).toBe(before + 1);
});

test('several tensors are computed as one program', () => {
  const x = tensor(Float32Array.from({ length: 100 }, (_, i) => i));
  const [a, b] = [x.sum(), x.max()];
  const before = runs();
  realizeAll([a, b]);
  expect([a.item(), b.item()]).toEqual([4950, 99]);
  expect(runs()).toBe(before + 1);
});

test('calls that are built again run the program that is there, also with other numbers', () => {
  const x = tensor(Float32Array.from({ length: 100 }, (_, i) => i));
  const compute = (scale: number): number => x.mul(scale).sum().item();
  compute(0.1);
  const { programs } = addon().memoryStats();
  for (let i = 2; i < 50; i++) expect(compute(i * 0.13 + 0.01)).toBeCloseTo(4950 * (i * 0.13 + 0.01), 0);
  expect(addon().memoryStats().programs).toBe(programs);
});

test('reading each step of a long computation does not compute the whole anew each time', () => {
  let x: Tensor = tensor(Float32Array.from({ length: 64 }, () => 1));
  const sums: number[] = [];
  for (let i = 0; i < 100; i++) {
    x = x.add(1);
    sums.push(x.sum().item());
  }
  expect(sums.at(-1)).toBe(64 * 101);
  // What is left to compute of x is at most a few steps deep.
  let depth = 0;
  for (let node = x.node; node; node = node.inputs[0]!.node) depth++;
  expect(depth).toBeLessThan(8);
});

test('a chain of 100,000 calls is computed', () => {
  let x: Tensor = tensor(0, { dtype: 'float64' });
  for (let i = 0; i < 100_000; i++) x = x.add(1);
  expect(x.item()).toBe(100_000);
});

test('wide graphs are computed', () => {
  const parts = Array.from({ length: 3000 }, (_, i) => tensor([i, 1]).mul(2));
  expect(ops.stack(parts).sum(0).arraySync()).toEqual([2999 * 3000, 6000]);
});

test('what waits for too long, or holds too much, is computed unasked', () => {
  const before = runs();
  const big = tensor(new Float32Array(1 << 22));
  const sums = Array.from({ length: 100 }, (_, i) => big.add(i).sum());
  expect(runs()).toBeGreaterThan(before);
  expect(sums.filter(({ node }) => node === null).length).toBeGreaterThan(50);
  expect(sums[2]!.item()).toBe(2 * (1 << 22));
});

test('eager mode computes each call at once', () => {
  setEager(true);
  try {
    const before = runs();
    tensor([1, 2]).add(1).mul(2);
    expect(runs()).toBe(before + 2);
  } finally {
    setEager(false);
  }
});

test('reading is possible without blocking', async () => {
  const x = random.uniform([1000, 1000], { seed: 1 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 0);
  for (let i = 0; i < 5; i++) await x.matmul(x.add(i)).sum().data();
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(0);
});

test('an index that is out of range is an error where the result is read, and harms nothing', async () => {
  const { nameScope } = await import('../index.js');
  const table = tensor(Float32Array.from({ length: 20 }, (_, i) => i));
  const at = tensor(Int32Array.from({ length: 20 }, (_, i) => i * 2));
  const wrong = nameScope('embedding', () => ops.take(table, at));
  await expect(wrong.data()).rejects.toMatchObject({ code: 'IBEX_INDEX_OUT_OF_RANGE', scope: 'embedding' });
  expect(table.add(1).sum().item()).toBe(210);
});

test('a scope frees what was computed in it, but for what it returns', () => {
  let inner: Tensor | undefined;
  const { buffers } = addon().memoryStats();
  const kept = scope(() => {
    inner = ops.ones([1000]).add(1).realize();
    return { sum: inner.sum().realize() };
  });
  expect(addon().memoryStats().buffers).toBe(buffers + 1);
  expect(kept.sum.item()).toBe(2000);
  expect(() => inner!.dataSync()).toThrow(expect.objectContaining({ code: 'IBEX_DISPOSED' }));
});
