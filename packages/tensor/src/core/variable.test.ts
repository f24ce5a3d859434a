import { describe, expect, test } from 'vitest';
import { memory, nameScope, ops, ShapeError, type Tensor, tensor, Variable } from '../index.js';
import { addon } from './runtime.js';

describe('Variable', () => {
  test('has the path of the scopes that it is made in', () => {
    const variable = nameScope('model', () =>
      nameScope('dense', () => new Variable([1], { name: 'kernel' })),
    );
    expect(variable.path).toBe('model/dense/kernel');
    expect(String(variable)).toBe('<Variable path=model/dense/kernel, shape=[1], dtype=float32>');
  });

  test('is assigned values of its shape, in its dtype', () => {
    const variable = new Variable([1, 2]);
    variable.assign(tensor([3, 4], { dtype: 'int32' }));
    expect(variable.value.dtype).toBe('float32');
    variable.assignAdd([1, 1]).assignSub(2);
    expect(variable.arraySync()).toEqual([2, 3]);
    expect(() => variable.assign([1, 2, 3])).toThrow(ShapeError);
    expect(() => variable.assign([1, 2, 3])).toThrow(/\[2\].*\[3\]/);
  });

  test('gives values that later assignments do not change', () => {
    const variable = new Variable([1, 2]);
    const before = variable.value;
    const pending = variable.value.mul(10);
    variable.assign([5, 6]);
    expect(before.arraySync()).toEqual([1, 2]);
    expect(pending.arraySync()).toEqual([10, 20]);
    expect(variable.arraySync()).toEqual([5, 6]);
  });

  test('assignments build on each other in order', () => {
    const variable = new Variable(0);
    for (let i = 0; i < 2000; i++) variable.assignAdd(1);
    expect(variable.value.item()).toBe(2000);
  });

  test('can be used where a tensor can', () => {
    const variable = new Variable([1, 2]);
    expect(ops.add(variable, variable).arraySync()).toEqual([2, 4]);
    expect(tensor([3, 4]).mul(variable).arraySync()).toEqual([3, 8]);
  });

  test('calls its initialiser on first use only', () => {
    let calls = 0;
    const init = (): Tensor => {
      calls++;
      return ops.ones([2]);
    };
    const unused = new Variable(init, { shape: [2] });
    expect(unused.shape).toEqual([2]);
    expect(calls).toBe(0);
    expect(unused.arraySync()).toEqual([1, 1]);
    expect(unused.arraySync()).toEqual([1, 1]);
    expect(calls).toBe(1);
    const wrong = new Variable(init, { shape: [3] });
    expect(() => wrong.value).toThrow(/\[3\].*\[2\]/);
  });
});

test('a thousand variables are initialised by few programs', async () => {
  const { compile } = await import('../index.js');
  const variables = Array.from(
    { length: 1000 },
    (_, i) => new Variable(() => ops.full([3], 1).mul(i), { shape: [3] }),
  );
  const sum = compile(() =>
    variables.reduce((total, variable) => total.add(variable.value), tensor([0, 0, 0])),
  );
  const before = addon().stats().programRuns;
  expect(sum().arraySync()).toEqual([499500, 499500, 499500]);
  expect(addon().stats().programRuns - before).toBeLessThanOrEqual(10);
});

test('the memory of first values is that of the variables, once these are bound', async () => {
  const { compile } = await import('../index.js');
  const size = 1 << 20;
  const before = memory().bufferBytes;
  const variable = new Variable(() => ops.ones([size]).mul(2), { shape: [size] });
  const step = compile(() => {
    variable.assignAdd(1);
  });
  step();
  step();
  expect(variable.value.max().item()).toBe(4);
  expect(memory().bufferBytes - before).toBeLessThanOrEqual(4 * size * 2.1);
});
