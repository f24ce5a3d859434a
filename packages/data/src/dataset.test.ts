import { type Tensor, tensor } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Dataset } from './index.js';

const numbers = (count: number): Dataset<Tensor> =>
  Dataset.fromTensorSlices(tensor(Array.from({ length: count }, (_, i) => i))) as unknown as Dataset<Tensor>;

async function listOf(dataset: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of dataset) found.push((item as Tensor).arraySync());
  return found;
}

describe('Dataset', () => {
  it('batches, with a smaller batch at the end or without', async () => {
    expect(await listOf(numbers(5).batch(2))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await listOf(numbers(5).batch(2, { dropRemainder: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('maps, takes, skips and repeats', async () => {
    const doubled = numbers(4).map((item) => (item as Tensor).mul(2));
    expect(await listOf(doubled)).toEqual([0, 2, 4, 6]);
    expect(await listOf(numbers(5).skip(1).take(2))).toEqual([1, 2]);
    expect(await listOf(numbers(2).repeat(2))).toEqual([0, 1, 0, 1]);
  });

  it('shuffles the same way with the same seed, and loses nothing', async () => {
    const shuffled = await listOf(numbers(20).shuffle(20, { seed: 3 }));
    expect(await listOf(numbers(20).shuffle(20, { seed: 3 }))).toEqual(shuffled);
    expect(shuffled).not.toEqual(await listOf(numbers(20)));
    expect([...shuffled].sort((a, b) => Number(a) - Number(b))).toEqual(await listOf(numbers(20)));
  });

  it('keeps the order through cache and prefetch', async () => {
    const kept = numbers(4).cache().prefetch(2);
    expect(await listOf(kept)).toEqual([0, 1, 2, 3]);
    expect(await listOf(kept)).toEqual([0, 1, 2, 3]);
  });
});
