import { ops, ShapeError, ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import {
  Cropping1D,
  Cropping2D,
  Flatten,
  Input,
  Permute,
  Reshape,
  UpSampling2D,
  ZeroPadding2D,
} from '../index.js';

describe('shapes with unknown extents', () => {
  it.each([
    [new Flatten()(Input([null, 3])), [null, null]],
    [new Flatten()(Input([])), [null, 1]],
    [new Reshape([2, -1])(Input([null])), [null, 2, null]],
    [new Reshape([-1, 3])(Input([4, 6])), [null, 8, 3]],
    [new ZeroPadding2D([1, 2])(Input([null, 4, 3])), [null, null, 8, 3]],
    [new UpSampling2D(2)(Input([3, null, 1])), [null, 6, null, 1]],
    [new Cropping1D([1, 0])(Input([5, 2])), [null, 4, 2]],
  ])('case %#', (output, expected) => {
    expect(output.shape).toEqual(expected);
  });
});

describe('what does not fit', () => {
  it('is refused', () => {
    expect(() => new Reshape([4, -1], { name: 'r' })(Input([6]))).toThrow(
      /'r' can't bring samples of shape \[6\]/,
    );
    expect(() => new Reshape([5])(Input([6]))).toThrow(ShapeError);
    expect(() => new Reshape([-1, -1])).toThrow(ValueError);
    expect(() => new Reshape(5 as never)).toThrow(/targetShape must be an array, got number/);
    expect(() => new Permute([1, 3])).toThrow(ValueError);
    expect(() => new Cropping2D(2, { name: 'c' })(ops.ones([1, 4, 5, 1]))).toThrow(
      /'c' crops .* which leaves nothing/,
    );
    expect(() => new ZeroPadding2D([-1, 1])).toThrow(ValueError);
    expect(() => new ZeroPadding2D([1, 1, 1])).toThrow(/for 2 axes/);
    expect(() => new UpSampling2D(0)).toThrow(ValueError);
  });
});
