import { expect, test } from 'vitest';
import {
  inferOutputs,
  isKerasTensor,
  KerasTensor,
  ops,
  random,
  ShapeError,
  type Tensor,
  Variable,
} from '../../index.js';

const symbolic = (shape: readonly (number | null)[]): KerasTensor => new KerasTensor(shape, 'float32');

test('a function of symbolic tensors gives symbolic tensors, with what is known of their shapes', () => {
  const x = symbolic([null, 8]);
  const cases: [KerasTensor, readonly (number | null)[]][] = [
    [ops.add(x, 1), [null, 8]],
    [ops.matmul(x, ops.ones([8, 3])), [null, 3]],
    [ops.reshape(x, [-1, 2, 4]), [null, 2, 4]],
    [ops.sum(x, 1), [null]],
    [ops.concatenate([x, x], 0), [null, 8]],
    [ops.concatenate([x, x], 1), [null, 16]],
    [ops.transpose(x), [8, null]],
    [x.add(x).relu().sum(1, { keepdims: true }), [null, 1]],
  ];
  for (const [result, shape] of cases) {
    expect(isKerasTensor(result)).toBe(true);
    expect(result.shape).toEqual(shape);
  }
});

test('a call is a node between its inputs and outputs', () => {
  const x = symbolic([null, 4]);
  const parts = ops.split(x, 2, 1);
  const { operation } = parts[1]!;
  expect(operation?.name).toMatch(/^split/);
  expect(parts.map(({ nodeIndex, tensorIndex }) => [nodeIndex, tensorIndex])).toEqual([
    [0, 0],
    [0, 1],
  ]);
  const node = operation!.inboundNodes[0]!;
  expect(node.inputTensors).toEqual([x]);
  expect(node.outputTensors).toEqual(parts);
});

test('errors are those of the call', () => {
  expect(() => ops.matmul(symbolic([null, 8]), ops.ones([7, 3]))).toThrow(ShapeError);
});

test('nothing is computed, and state does not change', () => {
  const count = new Variable(0);
  const output = inferOutputs(
    (x) => {
      count.assignAdd(1);
      return random.dropout(x as Tensor, 0.5).cast('float16');
    },
    [new KerasTensor([null, 2], 'float32')],
    'layer',
  ) as KerasTensor;
  expect(output.dtype).toBe('float16');
  expect(output.shape).toEqual([null, 2]);
  expect(count.value.item()).toBe(0);
});
