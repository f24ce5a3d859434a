import { Dense } from '@ibex/layers';
import { ops, ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Sequential } from '../sequential.js';

const x = ops.ones([4, 2]);

describe('options with names that are not known', () => {
  const model = new Sequential([new Dense(1)]);

  it('are refused by compile, with the name that was meant', () => {
    expect(() => model.compile({ optimiser: 'adam' } as object)).toThrow(
      /no option 'optimiser'.*'optimizer'/,
    );
    expect(() => model.compile('adam' as never)).toThrow(ValueError);
  });

  it('are refused by fit, evaluate and predict', async () => {
    model.compile({ loss: 'mse' });
    await expect(model.fit(x, x, { epoch: 2 } as object)).rejects.toThrow(/did you mean 'epochs'/);
    await expect(model.evaluate(x, x, { batchsize: 2 } as object)).rejects.toThrow(/'batchSize'/);
    await expect(model.predict(x, { loud: true } as object)).rejects.toThrow(ValueError);
  });

  it('do not hide that x is no data', async () => {
    model.compile({ loss: 'mse' });
    await expect(model.fit('abc' as never, x)).rejects.toThrow(/got string/);
    await expect(model.predict(undefined as never)).rejects.toThrow(/got undefined/);
  });
});
