import { getMask, type KerasTensor, ops, type Tensor, tensor, ValueError } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it, vi } from 'vitest';
import { Attention, Embedding, GroupQueryAttention, Input, MultiHeadAttention } from '../index.js';

const values = (...shape: number[]): Tensor =>
  ops.cos(
    ops.reshape(
      ops.arange(
        shape.reduce((a, b) => a * b),
        null,
        null,
        { dtype: 'float32' },
      ),
      shape,
    ),
  );

describe('MultiHeadAttention', () => {
  it('takes the key by position or by name', () => {
    const layer = new MultiHeadAttention(2, 3);
    const [query, value, key] = [values(2, 3, 4), values(2, 5, 4), values(2, 5, 4).neg()];
    expectClose(layer(query, value, key), layer(query, value, { key }));
    expect(layer(query, value).arraySync()).not.toEqual(layer(query, value, key).arraySync());
  });

  it('passes over what the masks of its inputs leave out', () => {
    const layer = new MultiHeadAttention(2, 3);
    const embedded = new Embedding(9, 4, { maskZero: true })(tensor([[1, 2, 0, 0]], { dtype: 'int32' }));
    const warn = vi.spyOn(process, 'emitWarning');
    const y = layer(embedded, embedded);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    expect(getMask(y)!.arraySync()).toEqual([[true, true, false, false]]);
    const short = ops.slice(embedded, [0, 0, 0], [1, 2, 4]);
    expectClose(ops.slice(y, [0, 0, 0], [1, 2, 4]), layer(short, short), { atol: 1e-5 });
  });

  it('gives weights that sum to 1, with symbolic tensors their shape', () => {
    const layer = new MultiHeadAttention(2, 3);
    const [output, weights] = layer(values(2, 3, 4), values(2, 5, 4), { returnAttentionScores: true });
    expect([output.shape, weights.shape]).toEqual([
      [2, 3, 4],
      [2, 2, 3, 5],
    ]);
    expectClose(weights.sum(-1), ops.ones([2, 2, 3]));
    const [y, scores] = layer(Input([7, 4]), Input([5, 4]), { returnAttentionScores: true }) as [
      KerasTensor,
      KerasTensor,
    ];
    expect([y.shape, scores.shape]).toEqual([
      [null, 7, 4],
      [null, 2, 7, 5],
    ]);
  });

  it('gives the same whether its weights are asked for or not', () => {
    const layer = new MultiHeadAttention(2, 3, { slidingWindow: 3 });
    const grouped = new GroupQueryAttention(3, 4, 2);
    const mask = ops.arange(40).reshape([2, 4, 5]).mod(4).less(3);
    for (const options of [{}, { useCausalMask: true }, { useCausalMask: true, attentionMask: mask }]) {
      for (const attend of [layer, grouped]) {
        const [query, value] = [values(2, 4, 4), values(2, 5, 4)];
        const [expected] = attend(query, value, { ...options, returnAttentionScores: true });
        expectClose(attend(query, value, options), expected, { atol: 1e-5 });
      }
    }
  });

  it('drops weights in training only', () => {
    const layer = new MultiHeadAttention(2, 3, { dropout: 0.5 });
    const x = values(2, 6, 4);
    expectClose(layer(x, x), layer(x, x));
    expect(layer(x, x, { training: true }).arraySync()).not.toEqual(layer(x, x).arraySync());
  });

  it('refuses values and keys that do not agree', () => {
    const layer = new MultiHeadAttention(2, 3, { name: 'mha' });
    expect(() => layer(values(2, 3, 4), values(2, 5, 4), values(2, 6, 4))).toThrow(
      /'mha' needs values and keys that agree/,
    );
    expect(() => new MultiHeadAttention(0, 3)).toThrow(ValueError);
    expect(() => new GroupQueryAttention(3, 4, 3)).toThrow(/multiple of numKeyValueHeads/);
  });

  it('computes in mixed precision', () => {
    const layer = new MultiHeadAttention(2, 3, { dtype: 'mixed_bfloat16' });
    expect(layer(values(1, 3, 4), values(1, 3, 4)).dtype).toBe('bfloat16');
  });
});

describe('Attention', () => {
  it('takes lists of two or three tensors', () => {
    expect(() => new Attention({ name: 'a' })([values(1, 2, 3)])).toThrow(
      /'a' takes a list \[query, value\]/,
    );
    expect(() => new Attention()(values(1, 2, 3))).toThrow(ValueError);
    expect(new Attention()([Input([7, 3]), Input([5, 4]), Input([5, 3])]).shape).toEqual([null, 7, 4]);
  });
});
