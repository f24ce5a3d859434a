import { setRandomSeed, Tensor, tensor, ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Dataset } from './index.js';

const numbers = (count: number): Dataset<Tensor> => Dataset.range(count);
const rows = (count: number): Dataset<Tensor> =>
  Dataset.fromTensorSlices(tensor(Array.from({ length: count }, (_, i) => i))) as unknown as Dataset<Tensor>;
/** `[x, y]`, x of shape [2] and y a scalar. */
const pairs = (count: number): Dataset<[Tensor, Tensor]> =>
  Dataset.fromTensorSlices([
    tensor(Array.from({ length: count }, (_, i) => [i, -i])),
    tensor(Int32Array.from({ length: count }, (_, i) => 10 * i)),
  ] as const) as unknown as Dataset<[Tensor, Tensor]>;

function plain(item: unknown): unknown {
  if (item instanceof Tensor) return item.arraySync();
  if (Array.isArray(item)) return item.map(plain);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, plain(value)]));
}

async function listOf(dataset: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of dataset) found.push(plain(item));
  return found;
}

async function* slowly<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield value;
  }
}

describe('where elements come from', () => {
  it('rows of an array, a tuple or a record', async () => {
    expect(await listOf(rows(3))).toEqual([0, 1, 2]);
    expect(await listOf(pairs(2))).toEqual([
      [[0, -0], 0],
      [[1, -1], 10],
    ]);
    const record = Dataset.fromTensorSlices({ a: [1, 2], b: [[true], [false]] });
    expect(await listOf(record)).toEqual([
      { a: 1, b: [true] },
      { a: 2, b: [false] },
    ]);
  });

  it('refuses arrays of different lengths, scalars and nothing', () => {
    expect(() => Dataset.fromTensorSlices([tensor([1, 2]), tensor([1])])).toThrow(
      /array 0 has 2, array 1 has 1/,
    );
    expect(() => Dataset.fromTensorSlices(3)).toThrow(ValueError);
    expect(() => Dataset.fromTensorSlices({})).toThrow(ValueError);
  });

  it('generators, synchronous or not, called once a pass', async () => {
    let passes = 0;
    const dataset = Dataset.fromGenerator(() => {
      passes++;
      return slowly([1, 2, 3]);
    });
    expect(await listOf(dataset)).toEqual([1, 2, 3]);
    expect(await listOf(dataset)).toEqual([1, 2, 3]);
    expect(passes).toBe(2);
    expect(await listOf(Dataset.fromGenerator(() => [4, 5]))).toEqual([4, 5]);
  });

  it('ranges, and data sets side by side or one after the other', async () => {
    expect(await listOf(Dataset.range(2, 9, 3))).toEqual([2, 5, 8]);
    expect(await listOf(Dataset.range(3, 0, -1))).toEqual([3, 2, 1]);
    expect(await listOf(Dataset.zip(numbers(2), pairs(5)))).toEqual([
      [0, [[0, -0], 0]],
      [1, [[1, -1], 10]],
    ]);
    expect(await listOf(numbers(2).concatenate(numbers(1)))).toEqual([0, 1, 0]);
    expect(await listOf(numbers(2).enumerate(5))).toEqual([
      [5, 0],
      [6, 1],
    ]);
  });
});

describe('batch', () => {
  it('has a smaller batch at the end, or none', async () => {
    for (const dataset of [numbers(5), rows(5)]) {
      expect(await listOf(dataset.batch(2))).toEqual([[0, 1], [2, 3], [4]]);
      expect(await listOf(dataset.batch(2, { dropRemainder: true }))).toEqual([
        [0, 1],
        [2, 3],
      ]);
    }
  });

  it('stacks tuples part by part, gathered or one by one', async () => {
    const expected = [
      [
        [
          [0, -0],
          [1, -1],
        ],
        [0, 10],
      ],
      [[[2, -2]], [20]],
    ];
    expect(await listOf(pairs(3).batch(2))).toEqual(expected);
    expect(
      await listOf(
        pairs(3)
          .map((pair) => pair)
          .batch(2),
      ),
    ).toEqual(expected);
  });

  it('keeps the parts of a tuple apart when their shapes are equal', async () => {
    const dataset = numbers(2).map((i) => [i.add(1), i.add(2)]);
    expect(await listOf(dataset.batch(2))).toEqual([
      [
        [1, 2],
        [2, 3],
      ],
    ]);
    expect((await dataset.batch(2).toArray())[0]).toHaveLength(2);
  });

  it('takes numbers and nested arrays that a generator yields', async () => {
    const samples = Dataset.fromGenerator(() => [
      [[1, 2], 0],
      [[3, 4], 1],
    ]);
    expect(await listOf(samples.batch(2))).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
      ],
    ]);
    const images = Dataset.fromGenerator(() => [{ image: [[1], [2]], label: 3 }]);
    expect(await listOf(images.batch(1))).toEqual([{ image: [[[1], [2]]], label: [3] }]);
    const vectors = Dataset.fromGenerator(() => [
      [1, 2],
      [3, 4],
    ]);
    const [batch] = await vectors.batch(2).toArray();
    expect((batch as unknown as Tensor).shape).toEqual([2, 2]);
  });

  it('names the part in which elements differ', async () => {
    const odd = Dataset.fromGenerator(() => [
      [tensor([1, 2]), 0],
      [tensor([1]), 0],
    ]);
    await expect(odd.batch(2).toArray()).rejects.toThrow(/element\[0\]/);
    const other = Dataset.fromGenerator(() => [{ a: 1 }, { b: 1 }]);
    await expect(other.batch(2).toArray()).rejects.toThrow(ValueError);
    await expect(
      Dataset.fromGenerator(() => ['text'])
        .batch(1)
        .toArray(),
    ).rejects.toThrow(/string/);
  });
});

describe('order', () => {
  it('shuffles the same way with the same seed, anew each pass, and loses nothing', async () => {
    for (const dataset of [numbers(20), rows(20)]) {
      for (const buffer of [5, 20]) {
        const shuffled = dataset.shuffle(buffer, { seed: 3 });
        const first = await listOf(shuffled);
        const second = await listOf(shuffled);
        expect(await listOf(dataset.shuffle(buffer, { seed: 3 }))).toEqual(first);
        expect(second).not.toEqual(first);
        expect(first).not.toEqual(await listOf(dataset));
        for (const pass of [first, second]) {
          expect([...pass].sort((a, b) => Number(a) - Number(b))).toEqual(await listOf(dataset));
        }
        const fixed = dataset.shuffle(buffer, { seed: 3, reshuffleEachIteration: false });
        expect(await listOf(fixed)).toEqual(await listOf(fixed));
      }
    }
  });

  it('draws its seed from the global one', async () => {
    setRandomSeed(1);
    const first = await listOf(rows(20).shuffle(20));
    setRandomSeed(1);
    expect(await listOf(rows(20).shuffle(20))).toEqual(first);
  });

  it('shuffles rows as it shuffles any elements, through a buffer of any size', async () => {
    for (const buffer of [1, 2, 7, 19]) {
      const anything = rows(20).map((row) => row);
      expect(await listOf(rows(20).shuffle(buffer, { seed: 5 }))).toEqual(
        await listOf(anything.shuffle(buffer, { seed: 5 })),
      );
    }
  });

  it('keeps pairs together, shuffled and batched', async () => {
    for (const dataset of [pairs(9), pairs(9).map((pair) => pair)]) {
      for (const [x, y] of (await listOf(dataset.shuffle(9).batch(4))) as [number[][], number[]][]) {
        expect(y).toEqual(x.map(([first]) => 10 * first!));
      }
    }
  });

  it('takes, skips, repeats and filters', async () => {
    for (const dataset of [numbers(5), rows(5)]) {
      expect(await listOf(dataset.skip(1).take(2))).toEqual([1, 2]);
      expect(await listOf(dataset.take(9))).toHaveLength(5);
      expect(await listOf(dataset.skip(9))).toEqual([]);
      expect(await listOf(dataset.take(2).repeat(2))).toEqual([0, 1, 0, 1]);
      expect(await listOf(dataset.repeat().take(7))).toEqual([0, 1, 2, 3, 4, 0, 1]);
      expect(await listOf(dataset.filter((item) => item.item() % 2 === 0))).toEqual([0, 2, 4]);
    }
    expect(await listOf(numbers(0).repeat())).toEqual([]);
  });

  it('knows how many elements there are', () => {
    expect(numbers(5).batch(2).cardinality).toBe(3);
    expect(numbers(5).batch(2, { dropRemainder: true }).cardinality).toBe(2);
    expect(rows(5).skip(2).repeat(3).cardinality).toBe(9);
    expect(numbers(5).repeat().cardinality).toBe(Infinity);
    expect(numbers(5).filter(() => true).cardinality).toBeUndefined();
  });
});

describe('work ahead', () => {
  it('maps with several calls under way, in order', async () => {
    let most = 0;
    let running = 0;
    const slow = numbers(6).map(
      async (item) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 6 - item.item()));
        running--;
        return item.mul(2);
      },
      { parallelCalls: 3 },
    );
    expect(await listOf(slow)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(most).toBe(3);
  });

  it('caches a whole pass, and prefetches in order', async () => {
    let made = 0;
    const kept = numbers(4)
      .map((item) => {
        made++;
        return item;
      })
      .cache()
      .prefetch(2);
    expect(await listOf(kept)).toEqual([0, 1, 2, 3]);
    expect(await listOf(kept)).toEqual([0, 1, 2, 3]);
    expect(made).toBe(4);
  });

  it('hands errors on, and closes what it reads when reading ends early', async () => {
    const broken = numbers(5).map((item) => {
      if (item.item() === 3) throw new Error('at 3');
      return item;
    });
    await expect(listOf(broken.prefetch(2))).rejects.toThrow('at 3');
    await expect(listOf(broken.map((item) => item, { parallelCalls: 2 }).batch(2))).rejects.toThrow('at 3');
    let closed = false;
    const watched = Dataset.fromGenerator(function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    });
    expect(await listOf(watched.prefetch(3).take(2))).toEqual([0, 1]);
    expect(closed).toBe(true);
  });

  it('refuses sizes that are none', () => {
    expect(() => numbers(1).batch(0)).toThrow(ValueError);
    expect(() => numbers(1).shuffle(1.5)).toThrow(ValueError);
    expect(() => numbers(1).take(-1)).toThrow(ValueError);
    expect(() => numbers(1).prefetch(Number.NaN)).toThrow(ValueError);
    expect(() => Dataset.range(0, 1, 0)).toThrow(ValueError);
  });

  it('has no array of an endless pass', async () => {
    await expect(numbers(1).repeat().toArray()).rejects.toThrow(ValueError);
  });
});
