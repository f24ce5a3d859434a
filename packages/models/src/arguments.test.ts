import { Dataset } from '@ibex/data';
import { Dense, Input } from '@ibex/layers';
import { type KerasTensor, ops, ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Model } from './model.js';
import { Sequential } from './sequential.js';

const quiet = { verbose: 0 } as const;

describe('new Model', () => {
  const input = Input([3]) as KerasTensor;
  const output = new Dense(2)(input) as KerasTensor;

  it('takes inputs and outputs by name', () => {
    const model = new Model({ inputs: input, outputs: { score: output }, name: 'named' });
    expect(model.name).toBe('named');
    expect(model.outputNames).toEqual(['score']);
    expect(model.inputs).toEqual([input]);
  });

  it('refuses one without the other', () => {
    expect(() => new Model({ inputs: input } as never)).toThrow(ValueError);
    expect(() => new Model(input as never)).toThrow(ValueError);
    expect(() => new Model([input] as never)).toThrow(ValueError);
  });
});

describe('fit and evaluate', () => {
  const made = (): Sequential => {
    const model = new Sequential([new Dense(1)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    return model;
  };
  const dataset = Dataset.fromTensorSlices([ops.ones([8, 2]), ops.ones([8, 1])]).batch(4);

  it('take options right after batches that bring their targets', async () => {
    const history = await made().fit(dataset, { epochs: 2, ...quiet });
    expect(history.epoch).toEqual([0, 1]);
    const model = made();
    await model.fit(dataset, undefined, { epochs: 3, ...quiet });
    expect(await model.evaluate(dataset, quiet)).toHaveProperty('loss');
  });

  it('take generators alike', async () => {
    function* batches() {
      for (;;) yield [ops.ones([4, 2]), ops.ones([4, 1])];
    }
    const history = await made().fit(batches(), { stepsPerEpoch: 2, epochs: 2, ...quiet });
    expect(history.history['loss']).toHaveLength(2);
  });

  it('refuse targets beside batches', async () => {
    await expect(made().fit(dataset as never, ops.ones([8, 1]), quiet)).rejects.toThrow(ValueError);
  });
});
