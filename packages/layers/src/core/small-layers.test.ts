import { getMask, KerasTensor, ops, type Tensor, tensor, ValueError } from '@ibex/tensor';
import { registerSerializable, serializeObject } from '@ibex/tensor/config';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import { EinsumDense, Embedding, Input, InputLayer, Lambda, Masking } from '../index.js';

describe('Input', () => {
  it('makes symbolic tensors', () => {
    const x = Input({ shape: [28, null, 1], batchSize: 4, dtype: 'int32', name: 'image' });
    expect(x).toBeInstanceOf(KerasTensor);
    expect([x.shape, x.dtype, x.name]).toEqual([[4, 28, null, 1], 'int32', 'image']);
    expect(x.operation).toBeInstanceOf(InputLayer);
    expect(Input([3]).shape).toEqual([null, 3]);
  });

  it('needs one shape', () => {
    expect(() => Input({})).toThrow(/An input needs its shape/);
    expect(() => Input({ shape: [1], batchShape: [1, 1] })).toThrow(ValueError);
  });
});

describe('Lambda', () => {
  it('computes a function, which gets its arguments and the call’s', () => {
    const seen: unknown[] = [];
    const layer = new Lambda(
      (x: Tensor, options) => {
        seen.push(options['training']);
        return x.mul(options['factor'] as number);
      },
      { arguments: { factor: 3 } },
    );
    expect(layer([[1, 2]], { training: true }).arraySync()).toEqual([[3, 6]]);
    expect(seen).toEqual([true]);
    expect(layer(Input([null, 5])).shape).toEqual([null, null, 5]);
  });

  it('gives the shape and the mask that it is told', () => {
    const layer = new Lambda((x: Tensor) => x.sum(-1), { outputShape: [7], mask: tensor([true]) });
    expect(layer(Input([7, 2])).shape).toEqual([null, 7]);
    expect(getMask(layer(ops.ones([1, 7, 2])))!.arraySync()).toEqual([true]);
    const byFunction = new Lambda((x: Tensor) => x, {
      outputShape: (shape: readonly number[]) => [...shape, 1],
    });
    expect(byFunction(Input([7])).shape).toEqual([null, 7, 1]);
  });

  it('is saved by the name of its function', () => {
    const double = registerSerializable({ package: 'test' })(function double(x: Tensor): Tensor {
      return x.mul(2);
    });
    expect(serializeObject(new Lambda(double))).toMatchObject({
      class_name: 'Lambda',
      config: { function: { class_name: 'function', config: 'test>double' } },
    });
    expect(() => new Lambda('relu' as never)).toThrow(ValueError);
  });
});

describe('Embedding', () => {
  it('begins with vectors that are given', () => {
    const layer = new Embedding(2, 2, {
      weights: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    });
    expect(layer([[1, 0]]).arraySync()).toEqual([
      [
        [3, 4],
        [1, 2],
      ],
    ]);
  });

  it('refuses numbers that it has no vector for', () => {
    expect(() => new Embedding(2, 2)([[5]]).arraySync()).toThrow(/index/i);
    expect(() => new Embedding(0, 2)).toThrow(ValueError);
  });
});

it('Masking masks the steps that have its value', () => {
  const y = new Masking({ maskValue: -1 })(
    tensor([
      [
        [1, -1],
        [-1, -1],
      ],
    ]),
  );
  expectClose(y, [
    [
      [1, -1],
      [0, 0],
    ],
  ]);
  expect(getMask(y)!.arraySync()).toEqual([[true, false]]);
});

describe('EinsumDense', () => {
  it.each([
    ['ab,bc', /is none of the forms/],
    ['ab,bc->ad', /the output's axis 'd' is neither/],
    ['ab,bd->ac', /neither/],
  ])('refuses %s', (equation, message) => {
    expect(() => new EinsumDense(equation, 3)(Input([2]))).toThrow(message);
  });

  it('refuses a bias along an axis that is not there', () => {
    expect(() => new EinsumDense('ab,bc->ac', 3, { biasAxes: 'x' })(Input([2]))).toThrow(
      /which the output .* lacks/,
    );
  });
});
