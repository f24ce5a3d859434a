import { compile, ops, ShapeError, type Tensor, tensor, ValueError } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  BatchNormalization,
  GroupNormalization,
  Input,
  LayerNormalization,
  Normalization,
} from '../index.js';

const x = tensor([
  [1, 10],
  [3, 30],
  [5, 80],
]);

describe('BatchNormalization', () => {
  it('moves its statistics in compiled training, not in inference', () => {
    const layer = new BatchNormalization({ momentum: 0.5 });
    const train = compile((batch: Tensor) => layer(batch, { training: true }));
    expectClose(train(x).mean(0), [0, 0], { atol: 1e-5 });
    expectClose(layer.movingMean.value, [1.5, 20]);
    train(x);
    expectClose(layer.movingMean.value, [2.25, 30]);
    layer(x);
    expectClose(layer.movingMean.value, [2.25, 30]);
  });

  it('uses them in training when it is frozen', () => {
    const layer = new BatchNormalization({ epsilon: 0 });
    layer.trainable = false;
    expectClose(layer(x, { training: true }), x);
    expectClose(layer.movingMean.value, [0, 0]);
  });

  it('keeps statistics in float32 in mixed precision', () => {
    const layer = new BatchNormalization({ dtype: 'mixed_bfloat16' });
    expect(layer(x, { training: true }).dtype).toBe('bfloat16');
    expect(layer.movingVariance.dtype).toBe('float32');
  });

  it('refuses renormalisation, which a file may ask for', () => {
    expect(() => new BatchNormalization({ renorm: true as never })).toThrow(/does not support renorm/);
  });

  it('refuses a mask that does not fit', () => {
    const layer = new BatchNormalization({ name: 'bn' });
    expect(() =>
      layer(x, {
        training: true,
        mask: tensor([
          [true, true],
          [true, true],
          [true, false],
        ]),
      }),
    ).toThrow(ShapeError);
  });
});

describe('Normalization', () => {
  it('adapts to data at once or in batches', () => {
    const [whole, parts] = [new Normalization(), new Normalization()];
    whole.adapt(x);
    parts.adapt([
      tensor([[1, 10]]),
      tensor([
        [3, 30],
        [5, 80],
      ]),
    ]);
    for (const layer of [whole, parts]) {
      expectClose(layer.mean, [[3, 40]]);
      expectClose(layer(x).mean(0), [0, 0], { atol: 1e-6 });
      expectClose(layer(x).std(0), [1, 1]);
      expect(layer.weights.map(({ name }) => name)).toEqual(['mean', 'variance', 'count']);
    }
    const inverse = new Normalization({
      mean: [3, 40],
      variance: whole.variance.arraySync() as never,
      invert: true,
    });
    expectClose(inverse(whole(x)), x, { atol: 1e-4 });
  });

  it('takes one mean for all, or statistics that are given', () => {
    const layer = new Normalization({ axis: null });
    layer.adapt([[1, 3]]);
    expectClose(layer([[1, 3]]), [[-1, 1]]);
    expect(() => new Normalization({ mean: [1] })).toThrow(ValueError);
    expect(() => new Normalization({ mean: 1, variance: 1 }).adapt(x)).toThrow(/nothing to adapt/);
    expect(() => new Normalization().adapt([])).toThrow(ValueError);
  });
});

it('GroupNormalization and LayerNormalization refuse what they cannot divide or know', () => {
  expect(() => new GroupNormalization({ groups: 3, name: 'g' })(Input([4]))).toThrow(
    /'g' can't divide 4 channels into 3 groups/,
  );
  expect(() => new GroupNormalization({ groups: 0 })).toThrow(ValueError);
  expect(() => new LayerNormalization()(Input([null]))).toThrow(ShapeError);
  expect(new LayerNormalization({ dtype: 'mixed_float16' })(ops.ones([2, 3])).dtype).toBe('float16');
});
