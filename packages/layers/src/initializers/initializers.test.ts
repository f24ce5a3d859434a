import { ops, SeedGenerator, ShapeError, setRandomSeed, type Tensor, tensor, ValueError } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import { initializers } from '../index.js';

const spread = (x: Tensor): { min: number; max: number; mean: number; std: number } => ({
  min: x.min().item(),
  max: x.max().item(),
  mean: x.mean().item(),
  std: x.std().item(),
});

describe('initializers', () => {
  it.each([
    ['glorot_uniform', Math.sqrt(6 / (40 + 60)) / Math.sqrt(3)],
    ['glorot_normal', Math.sqrt(2 / (40 + 60))],
    ['he_uniform', Math.sqrt(6 / 40) / Math.sqrt(3)],
    ['he_normal', Math.sqrt(2 / 40)],
    ['lecun_uniform', Math.sqrt(3 / 40) / Math.sqrt(3)],
    ['lecun_normal', Math.sqrt(1 / 40)],
    ['random_normal', 0.05],
    ['uniform', 0.1 / Math.sqrt(12)],
  ])('%s has the deviation that its formula says', (name, deviation) => {
    const { mean, std } = spread(initializers.get(name)([40, 60], {}));
    expect(Math.abs(mean)).toBeLessThan(deviation * 0.1);
    expect(std / deviation).toBeGreaterThan(0.93);
    expect(std / deviation).toBeLessThan(1.07);
  });

  it('takes fans of convolutions over the window', () => {
    expect(initializers.computeFans([3, 3, 4, 8])).toEqual({ fanIn: 36, fanOut: 72 });
    expect(initializers.computeFans([4, 2, 3], [0], [1, 2])).toEqual({ fanIn: 4, fanOut: 6 });
    expect(initializers.computeFans([])).toEqual({ fanIn: 1, fanOut: 1 });
  });

  it('stays within its limits', () => {
    const { min, max } = spread(new initializers.GlorotUniform()([30, 30]));
    const limit = Math.sqrt(6 / 60);
    expect(min).toBeGreaterThanOrEqual(-limit);
    expect(max).toBeLessThanOrEqual(limit);
    const truncated = spread(new initializers.TruncatedNormal({ stddev: 1 })([50, 50]));
    expect(Math.max(-truncated.min, truncated.max)).toBeLessThanOrEqual(2);
  });

  it('gives the same values for the same seed, and others for a generator', () => {
    const seeded = new initializers.RandomNormal({ seed: 5 });
    expectClose(seeded([2, 3]), seeded([2, 3]));
    const generated = new initializers.RandomNormal({ seed: new SeedGenerator(5) });
    expect(generated([4]).arraySync()).not.toEqual(generated([4]).arraySync());
    setRandomSeed(1);
    const first = new initializers.HeNormal()([3, 3]);
    setRandomSeed(1);
    expectClose(new initializers.HeNormal()([3, 3]), first);
  });

  it.each([[[4, 4]], [[2, 5]], [[3, 2, 4]]])('makes orthogonal matrices of shape %s', (shape) => {
    const matrix = ops.reshape(new initializers.Orthogonal({ gain: 2 })(shape), [-1, shape.at(-1)!]);
    const [rows = 1, columns = 1] = matrix.shape;
    const product =
      rows < columns ? ops.matmul(matrix, matrix.transpose()) : ops.matmul(matrix.transpose(), matrix);
    expectClose(product, ops.eye(Math.min(rows, columns)).mul(4), { atol: 1e-5 });
  });

  it('makes constants, identities and values that are given', () => {
    expect(new initializers.Constant(3)([2]).arraySync()).toEqual([3, 3]);
    expect(new initializers.Identity({ gain: 2 })([2, 2], { dtype: 'int32' }).arraySync()).toEqual([
      [2, 0],
      [0, 2],
    ]);
    const given = initializers.get(tensor([1, 2]));
    expect(given([2], { dtype: 'int32' }).dtype).toBe('int32');
    expect(() => given([3], {})).toThrow(ShapeError);
    expect(initializers.get(ops.ones)([2], {}).arraySync()).toEqual([1, 1]);
  });

  it('makes the kernel of a Fourier transform', () => {
    // keras.initializers.STFT("imag", "hann", None)((4, 1, 3))
    const expected = [[[0, 0, 0]], [[0, -0.75, 0]], [[0, 0, 0]], [[0, 0, 0]]];
    expectClose(new initializers.STFT({ side: 'imag', scaling: null })([4, 1, 3]), expected, { atol: 1e-6 });
  });

  it('refuses what makes no sense', () => {
    expect(() => initializers.get('glorot')).toThrow(/Unknown initializer 'glorot'/);
    expect(() => new initializers.VarianceScaling({ scale: 0 })).toThrow(ValueError);
    expect(() => new initializers.Orthogonal()([3])).toThrow(ValueError);
    expect(() => new initializers.Identity()([2])).toThrow(ValueError);
  });
});
