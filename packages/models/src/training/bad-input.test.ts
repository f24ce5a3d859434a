import { Dense, Input } from '@ibex/layers';
import { type KerasTensor, tensor } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Sequential } from '../sequential.js';

const x = [
  [1, 2, 3],
  [4, 5, 6],
];
const model = (loss = 'mse', units = 2): Sequential => {
  const made = new Sequential([Input([3]) as KerasTensor, new Dense(units, { activation: 'softmax' })]);
  made.compile({ optimizer: 'sgd', loss });
  return made;
};
const quiet = { verbose: 0 } as const;
const typed = { code: expect.stringMatching(/^IBEX_/), message: expect.stringMatching(/.{20}/) };

describe('fit refuses, with a typed error,', () => {
  it('a model that is not compiled', async () => {
    const plain = new Sequential([Input([3]) as KerasTensor, new Dense(1)]);
    await expect(plain.fit(x, [1, 2], quiet)).rejects.toMatchObject({ code: 'IBEX_NOT_COMPILED' });
  });

  it.each<[string, unknown, unknown]>([
    ['inputs of another width', [[1, 2]], [[1, 2]]],
    [
      'inputs of another rank',
      [1, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['targets of another number of samples', x, [[1, 2]]],
    [
      'targets of another shape',
      x,
      tensor([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ]),
    ],
    ['no samples', tensor([], { shape: [0, 3] }), tensor([], { shape: [0, 2] })],
    ['text', 'text', [1, 2]],
    ['ragged arrays', [[1, 2, 3], [4]], [1, 2]],
  ])('%s', async (_, inputs, targets) => {
    await expect(model().fit(inputs as never, targets as never, quiet)).rejects.toMatchObject(typed);
  });

  it.each([[{ batchSize: 0 }], [{ epochs: -1 }], [{ validationSplit: 1.5 }], [{ validationSplit: 0.9 }]])(
    'options like %o',
    async (options) => {
      await expect(
        model().fit(
          x,
          x.map(() => [0, 1]),
          { ...quiet, ...options },
        ),
      ).rejects.toMatchObject(typed);
    },
  );

  it('names of losses and optimizers that are not known', () => {
    expect(() => model('no_such_loss')).toThrow(expect.objectContaining(typed));
    expect(() => model().compile({ optimizer: 'no_such_optimizer' })).toThrow(expect.objectContaining(typed));
  });

  it('a signal that is aborted already', async () => {
    const job = model().fit(
      x,
      x.map(() => [0, 1]),
      { ...quiet, signal: AbortSignal.abort() },
    );
    await expect(job).rejects.toMatchObject({ code: 'IBEX_ABORTED' });
  });
});

it('a model trains on after data that was refused', async () => {
  const made = model();
  await expect(made.fit([[1]], [[1]], quiet)).rejects.toMatchObject(typed);
  const { history } = await made.fit(
    x,
    x.map(() => [0, 1]),
    quiet,
  );
  expect(Number.isFinite(history['loss']![0])).toBe(true);
});
