import { tensor, ValueError } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import { constraints } from '../index.js';

const weight = tensor([
  [3, 0.1],
  [-4, 0],
]);

describe('constraints', () => {
  it('bring norms down', () => {
    expectClose(
      new constraints.MaxNorm({ maxValue: 2 })(weight),
      [
        [1.2, 0.1],
        [-1.6, 0],
      ],
      { atol: 1e-5 },
    );
    expectClose(
      new constraints.MaxNorm({ maxValue: 2, axis: 1 })(weight),
      [
        [1.9988897, 0.0666296],
        [-2, 0],
      ],
      { atol: 1e-4 },
    );
  });

  it('bring norms to 1 or into an interval', () => {
    expectClose(
      new constraints.UnitNorm()(weight),
      [
        [0.6, 1],
        [-0.8, 0],
      ],
      { atol: 1e-5 },
    );
    const half = new constraints.MinMaxNorm({ minValue: 1, maxValue: 3, rate: 0.5 });
    expectClose(
      half(weight),
      [
        [2.4, 0.55],
        [-3.2, 0],
      ],
      { atol: 1e-5 },
    );
  });

  it('take away what is negative', () => {
    expectClose(constraints.get('non_neg')!(weight), [
      [3, 0.1],
      [0, 0],
    ]);
  });

  it('refuse unknown names', () => {
    expect(constraints.get(undefined)).toBeNull();
    expect(() => constraints.get('norm')).toThrow(ValueError);
  });
});
