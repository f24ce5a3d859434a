import { ops, ShapeError, setImageDataFormat, ValueError } from '@ibex/tensor';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AveragePooling2D,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  DepthwiseConv2D,
  Input,
  MaxPooling2D,
  SeparableConv2D,
} from '../index.js';

afterEach(() => setImageDataFormat('channels_last'));

describe('shapes with unknown extents', () => {
  it.each([
    [new Conv2D(4, 3)(Input([null, 28, 1])), [null, null, 26, 4]],
    [new Conv2D(4, 3, { padding: 'same', strides: 2 })(Input([null, 7, 1])), [null, null, 4, 4]],
    [new Conv2DTranspose(2, 3, { strides: 2, padding: 'same' })(Input([5, null, 1])), [null, 10, null, 2]],
    [new DepthwiseConv2D(3, { depthMultiplier: 2 })(Input([5, 5, 3])), [null, 3, 3, 6]],
    [new MaxPooling2D()(Input([28, null, 3])), [null, 14, null, 3]],
    [new AveragePooling2D(3, { strides: 2, padding: 'same' })(Input([7, 7, 1])), [null, 4, 4, 1]],
  ])('case %#', (output, expected) => {
    expect(output.shape).toEqual(expected);
  });

  it('follow the data format that is set', () => {
    setImageDataFormat('channels_first');
    expect(new SeparableConv2D(4, 3)(Input([2, 8, 9])).shape).toEqual([null, 4, 6, 7]);
  });
});

describe('what does not fit', () => {
  it('is refused, naming the layer or the option', () => {
    expect(() => new Conv2D(3, undefined as never)).toThrow(/kernelSize must be an array, got undefined/);
    expect(() => new Conv2D(4, 3, { name: 'c' })(ops.ones([1, 5, 5]))).toThrow(
      /layer 'c' does not fit: expected rank 4, found rank 3/,
    );
    expect(() => new Conv2D(4, 3, { groups: 2 })(Input([8, 8, 3]))).toThrow(
      /into which 3 input channels can't be divided/,
    );
    expect(() => new Conv2D(3, 3, { groups: 2 })).toThrow(ValueError);
    expect(() => new Conv2D(4, [3, 3, 3])).toThrow(
      /kernelSize must be a whole number of at least 1, or 2 of them/,
    );
    expect(() => new Conv2D(4, 3, { padding: 'causal' })).toThrow(/padding must be 'valid' or 'same'/);
    expect(() => new Conv2D(4, 3, { dataFormat: 'first' as never })).toThrow(ValueError);
    expect(() => new Conv1D(4, 3, { strides: 2, dilationRate: 2 })).toThrow(/can't both exceed 1/);
    expect(() => new Conv2D(0, 3)).toThrow(/filters must be a positive whole number/);
    expect(() => new Conv2DTranspose(2, 3, { strides: 2, outputPadding: 2 })).toThrow(
      /outputPadding must be less than strides/,
    );
    expect(() => new Conv2D(4, 3)(Input([8, 8, null]))).toThrow(ShapeError);
    expect(() => new Conv2D(4, 9)(Input([8, 8, 1]))).toThrow(ShapeError);
  });
});
