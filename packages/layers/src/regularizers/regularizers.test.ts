import { ShapeError, tensor, ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { regularizers } from '../index.js';

const x = tensor([
  [1, -2],
  [3, 0.5],
]);

describe('regularizers', () => {
  it.each([
    ['l1', 0.01 * 6.5],
    ['l2', 0.01 * 14.25],
    ['l1_l2', 0.01 * 20.75],
  ])('%s of a name has the default factor', (name, expected) => {
    expect(regularizers.get(name)!(x).item()).toBeCloseTo(expected, 5);
  });

  it('weighs with the factors given', () => {
    expect(new regularizers.L1(0.5)(x).item()).toBeCloseTo(3.25, 5);
    expect(new regularizers.L2(0.5)(x).item()).toBeCloseTo(7.125, 5);
    expect(new regularizers.L1L2({ l1: 1, l2: 2 })(x).item()).toBeCloseTo(35, 4);
  });

  it('penalises what is not orthogonal', () => {
    // keras.regularizers.OrthogonalRegularizer(0.1, mode)(x)
    expect(new regularizers.OrthogonalRegularizer({ factor: 0.1 })(x).item()).toBeCloseTo(0.0294084, 5);
    expect(new regularizers.OrthogonalRegularizer({ factor: 0.1, mode: 'columns' })(x).item()).toBeCloseTo(
      0.0076696,
      5,
    );
    expect(() => new regularizers.OrthogonalRegularizer()(tensor([1]))).toThrow(ShapeError);
  });

  it('stands for none, functions and nothing else', () => {
    expect(regularizers.get(null)).toBeNull();
    expect(regularizers.get((w) => w.sum())!(x).item()).toBe(2.5);
    expect(() => regularizers.get('l3')).toThrow(ValueError);
    expect(() => new regularizers.L1(-1)).toThrow(ValueError);
  });
});
