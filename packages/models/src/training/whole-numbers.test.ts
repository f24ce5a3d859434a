// Whole numbers that no float32 holds come to layers as they were given. What an Embedding was given shows in the error
// of an index that it has no vector for.
import { Dataset } from '@ibex/data';
import { Dense, Embedding, Flatten, Input } from '@ibex/layers';
import { type KerasTensor, tensor } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Sequential } from '../sequential.js';

const odd = 2 ** 24 + 1;
const quiet = { verbose: 0 } as const;

function reader(dtype: 'int32' | 'float32'): Sequential {
  const model = new Sequential([
    Input([2], { dtype }) as KerasTensor,
    new Embedding(5, 2),
    new Flatten(),
    new Dense(1),
  ]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model;
}

const sources: [string, unknown][] = [
  ['nested arrays', [[1, odd]]],
  ['a tensor', tensor([[1, odd]], { dtype: 'int32' })],
  ['a tensor of int64', tensor([[1, odd]], { dtype: 'int64' })],
  ['a tensor of uint32', tensor([[1, odd]], { dtype: 'uint32' })],
];

describe.each(['int32', 'float32'] as const)('with an Input of %s', (dtype) => {
  it.each(sources)('tokens in %s are not rounded', async (_, x) => {
    const model = reader(dtype);
    const message = `The index ${odd} `;
    await expect(model.fit(x as never, [[1]], quiet)).rejects.toThrow(message);
    await expect(model.evaluate(x as never, [[1]], quiet)).rejects.toThrow(message);
    await expect(model.predict(x as never, quiet)).rejects.toThrow(message);
    await expect(model.trainOnBatch(x as never, [[1]])).rejects.toThrow(message);
  });

  it('tokens in a typed array are not rounded', async () => {
    const model = new Sequential([Input([], { dtype }) as KerasTensor, new Embedding(5, 2), new Dense(1)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await expect(model.fit(Int32Array.of(1, odd), [[1], [1]], quiet)).rejects.toThrow(`The index ${odd} `);
  });

  it('tokens in a data set of typed arrays are not rounded', async () => {
    const data = Dataset.fromTensorSlices([tensor([[1, odd]], { dtype: 'int32' }), tensor([[1]])]).batch(1);
    await expect(reader(dtype).fit(data as never, undefined, quiet)).rejects.toThrow(`The index ${odd} `);
  });
});

it('whole numbers are as good as others where a layer computes with floats', async () => {
  const x = [[1, 2 ** 24 + 2]];
  const model = new Sequential([Input([2]) as KerasTensor, new Dense(1, { kernelInitializer: 'ones' })]);
  const wide = (await model.predict(x, quiet)) as { item(): number };
  expect(wide.item()).toBe(2 ** 24 + 4);
});
