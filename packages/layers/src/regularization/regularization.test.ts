import { ops, setRandomSeed, ValueError } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ActivityRegularization,
  AlphaDropout,
  Dropout,
  GaussianDropout,
  GaussianNoise,
  SpatialDropout1D,
  SpatialDropout2D,
} from '../index.js';

beforeEach(() => setRandomSeed(1));

const train = { training: true };

describe('Dropout', () => {
  it('drops a share and scales the rest', () => {
    const y = new Dropout(0.25)(ops.ones([100, 100]), train);
    expect(y.equal(0).cast('float32').mean().item()).toBeCloseTo(0.25, 1);
    expect(y.max().item()).toBeCloseTo(4 / 3, 5);
    expect(y.mean().item()).toBeCloseTo(1, 1);
  });

  it('does nothing at rate 0, and leaves nothing at rate 1', () => {
    const x = ops.ones([3, 3]);
    expectClose(new Dropout(0)(x, train), x);
    expectClose(new Dropout(1)(x, train), ops.zeros([3, 3]));
    expect(() => new Dropout(1.5)).toThrow(ValueError);
    expect(() => new Dropout(0.5, { noiseShape: [0] })).toThrow(ValueError);
  });

  it('drops along axes together where the noise has extent 1', () => {
    const y = new Dropout(0.5, { noiseShape: [null, 1] })(ops.ones([64, 5]), train);
    expectClose(y.max(1), y.min(1));
    expect(y.min().item()).toBe(0);
  });

  it('gives the same with the same seed', () => {
    const x = ops.ones([32]);
    expectClose(new Dropout(0.5, { seed: 4 })(x, train), new Dropout(0.5, { seed: 4 })(x, train));
  });
});

it('SpatialDropout drops whole channels', () => {
  const steps = new SpatialDropout1D(0.5)(ops.ones([4, 6, 16]), train);
  expectClose(steps.max(1), steps.min(1));
  const images = new SpatialDropout2D(0.5, { dataFormat: 'channels_first' })(ops.ones([4, 16, 3, 3]), train);
  expectClose(images.max([2, 3]), images.min([2, 3]));
});

it('noise has the mean and the deviation that it is to have', () => {
  const x = ops.ones([200, 200]);
  const noisy = new GaussianNoise(0.5)(x, train);
  expect([noisy.mean().item(), noisy.std().item()].map((n) => Math.round(n * 20) / 20)).toEqual([1, 0.5]);
  const multiplied = new GaussianDropout(0.2)(x, train);
  expect([multiplied.mean().item(), multiplied.std().item()].map((n) => Math.round(n * 20) / 20)).toEqual([
    1, 0.5,
  ]);
  const standard = new AlphaDropout(0.3)(ops.zeros([200, 200]), train);
  expect(Math.abs(standard.mean().item())).toBeLessThan(0.05);
  expectClose(new GaussianNoise(0.5)(x), x);
});

it('ActivityRegularization adds a penalty per sample', () => {
  const layer = new ActivityRegularization({ l1: 0.5, l2: 0.1 });
  layer(ops.full([4, 2], 3));
  expect(layer.losses.map((loss) => loss.item())).toEqual([expect.closeTo((0.5 * 24 + 0.1 * 72) / 4, 5)]);
});
