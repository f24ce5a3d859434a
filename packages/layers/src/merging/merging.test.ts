import { getMask, ops, ShapeError, setMask, type Tensor, tensor, ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import {
  Add,
  add,
  average,
  Concatenate,
  concatenate,
  Dot,
  dot,
  Input,
  Maximum,
  maximum,
  multiply,
  subtract,
} from '../index.js';

const masked = (values: number[][], mask: boolean[]): Tensor => {
  const x = ops.expandDims(tensor(values), -1);
  setMask(x, tensor([mask]));
  return x;
};

describe('merging functions', () => {
  it('merge values and symbolic tensors', () => {
    expect(add([[[1, 2]], [[3, 4]]].map((x) => tensor(x))).arraySync()).toEqual([[4, 6]]);
    expect(subtract([tensor([[5]]), tensor([[3]])]).arraySync()).toEqual([[2]]);
    expect(multiply([tensor([[5]]), tensor([[3]])]).arraySync()).toEqual([[15]]);
    expect(average([tensor([[5]]), tensor([[3]])]).arraySync()).toEqual([[4]]);
    expect(maximum([tensor([[5]]), tensor([[3]])]).arraySync()).toEqual([[5]]);
    expect(dot([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync()).toEqual([[11]]);
    expect(concatenate([Input([2, 3]), Input([4, 3])], { axis: 1 }).shape).toEqual([null, 6, 3]);
    expect(add([Input([null, 3]), Input([5, 1])]).shape).toEqual([null, null, 3]);
  });
});

describe('masks', () => {
  const [a, b] = [masked([[1, 2, 3]], [true, false, false]), masked([[9, 9, 1]], [true, true, false])];

  it('are joined where all inputs have one', () => {
    expect(getMask(new Add()([a, b]))!.arraySync()).toEqual([[true, true, false]]);
    expect(getMask(new Add()([a, ops.ones([1, 3, 1])]))).toBeUndefined();
  });

  it('leave the other operand alone in extremes', () => {
    expect(new Maximum()([masked([[1, 20, 3]], [true, false, true]), b]).arraySync()).toEqual([
      [[9], [9], [3]],
    ]);
  });

  it('are joined as the inputs are', () => {
    expect(getMask(new Concatenate({ axis: 1 })([a, ops.ones([1, 2, 1])]))!.arraySync()).toEqual([
      [true, false, false, true, true],
    ]);
  });
});

describe('what does not fit', () => {
  it('is refused, naming the layer', () => {
    expect(() => new Add({ name: 'sum' })(ops.ones([2, 3]))).toThrow(/'sum' takes a list of tensors/);
    expect(() => new Add()([Input([2]), Input([3])])).toThrow(ShapeError);
    expect(() =>
      new Add({ name: 'sum' })([Input({ batchShape: [2, 3] }), Input({ batchShape: [4, 3] })]),
    ).toThrow(/can't merge batches of different sizes/);
    expect(() => new Concatenate({ name: 'cat' })([Input([2, 3]), Input([4, 3])])).toThrow(
      /'cat' joins tensors along axis -1/,
    );
    expect(() => new Dot(1)([Input([2]), Input([3])])).toThrow(ShapeError);
    expect(() => new Dot([1, 1, 1])).toThrow(ValueError);
    expect(() => subtract([Input([2]), Input([2]), Input([2])])).toThrow(/a list of 2 tensors/);
  });
});
