import { describe, expect, test } from 'vitest';
import { DTypeError, ShapeError, tensor } from '../index.js';

describe('tensor', () => {
  test('takes its shape from nested arrays and its dtype from their values', () => {
    const floats = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(floats.shape).toEqual([2, 3]);
    expect(floats.dtype).toBe('float32');
    expect(tensor([true, false]).dtype).toBe('bool');
    expect(tensor([1n]).dtype).toBe('int64');
    expect(tensor(3).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
  });

  test('takes typed arrays with their dtype, in a shape', () => {
    const t = tensor(Int32Array.of(1, 2, 3, 4), { shape: [2, 2] });
    expect(t.dtype).toBe('int32');
    expect(t.arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(Buffer.from([1, 2])).dtype).toBe('uint8');
  });

  test('is a copy: later changes of the array do not show', () => {
    const values = Float32Array.of(1, 2);
    const t = tensor(values);
    values[0] = 9;
    expect(t.arraySync()).toEqual([1, 2]);
    (t.dataSync() as Float32Array)[1] = 7;
    expect(t.arraySync()).toEqual([1, 2]);
  });

  test('16-bit floats come as numbers or as bits', () => {
    expect(tensor([0.5, -2], { dtype: 'float16' }).dataSync()).toEqual(Uint16Array.of(0x3800, 0xc000));
    expect(tensor(Uint16Array.of(0x3800), { dtype: 'float16' }).arraySync()).toEqual([0.5]);
    expect(tensor(Float32Array.of(0.5), { dtype: 'bfloat16' }).arraySync()).toEqual([0.5]);
    expect(() => tensor(Uint16Array.of(1))).toThrow(DTypeError);
  });

  test('int64 is read as bigints, and as numbers where these are exact', async () => {
    const t = tensor([1, 2], { dtype: 'int64' });
    expect(await t.data()).toEqual(BigInt64Array.of(1n, 2n));
    expect(t.arraySync()).toEqual([1, 2]);
    expect(tensor([2n ** 60n]).arraySync()).toEqual([2n ** 60n]);
  });

  test('refuses ragged arrays, shapes that do not fit, and what are no numbers', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
    expect(() => tensor([[1], 2] as never)).toThrow(ShapeError);
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(/\[2, 2\].*4.*3/);
    expect(() => tensor(['a'] as never)).toThrow(DTypeError);
    expect(() => tensor([null] as never)).toThrow(DTypeError);
    expect(() => tensor([1.5], { dtype: 'string' as never })).toThrow(DTypeError);
  });

  test('does not read a tensor as a number unasked', () => {
    expect(() => (tensor(1) as never) + 1).toThrow(/add/);
    expect(`${tensor([1])}`).toBe('Tensor([1.], shape=[1], dtype=float32)');
    expect(() => tensor([1, 2]).item()).toThrow(ShapeError);
    expect(tensor([[4]]).item()).toBe(4);
  });

  test('a disposed tensor says so', () => {
    using kept = tensor([1]);
    const t = tensor([1, 2]);
    t.dispose();
    t.dispose();
    expect(() => t.dataSync()).toThrow(expect.objectContaining({ code: 'IBEX_DISPOSED' }));
    expect(() => t.add(kept)).toThrow(expect.objectContaining({ code: 'IBEX_DISPOSED' }));
  });
});
