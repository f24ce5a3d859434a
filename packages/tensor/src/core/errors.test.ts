import { expect, test } from 'vitest';
import { DTypeError, nameScope, ops, ShapeError, tensor } from '../index.js';
import { fromNativeError, IndexError, OutOfMemoryError } from './errors.js';

test('a wrong shape throws at the call, with operation, shapes and the path of the layer', () => {
  const call = (): unknown =>
    nameScope('model', () => nameScope('dense', () => ops.add(ops.ones([2, 3]), ops.ones([4]))));
  expect(call).toThrow(ShapeError);
  expect(call).toThrow(/add.*\[2, 3\].*\[4\].*model\/dense/);
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ code: 'IBEX_SHAPE', scope: 'model/dense', name: 'ShapeError' });
    expect((error as Error).stack).toContain('errors.test.ts');
  }
});

test('a wrong dtype and a wrong axis throw at the call', () => {
  expect(() => ops.take(tensor([1, 2]), tensor([0.5]))).toThrow(DTypeError);
  expect(() => tensor([1]).sum(1)).toThrow(expect.objectContaining({ code: 'IBEX_SHAPE' }));
});

test('errors of the core become typed ones', () => {
  const thrown = Object.assign(new Error('index 7 is out of range'), {
    code: 'IBEX_INDEX_OUT_OF_RANGE',
    scope: 'a/b',
  });
  const error = fromNativeError(thrown);
  expect(error).toBeInstanceOf(IndexError);
  expect(error).toMatchObject({ code: 'IBEX_INDEX_OUT_OF_RANGE', scope: 'a/b', cause: thrown });
  expect(fromNativeError(Object.assign(new Error('m'), { code: 'IBEX_OUT_OF_MEMORY' }))).toBeInstanceOf(
    OutOfMemoryError,
  );
  const foreign = new Error('else');
  expect(fromNativeError(foreign)).toBe(foreign);
});
