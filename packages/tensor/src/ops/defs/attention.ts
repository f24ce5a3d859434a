// Scaled dot-product attention, whose scores are never all in memory, and its gradient.
import { DTypeError, ShapeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type Ops, type TensorType } from '../../core/registry.js';
import type { Tensor } from '../../core/tensor.js';
import { ATTENTION_ATTRS, type AttentionAttrs } from './attrs.js';
import { statisticsDType } from './normalization.js';
import { extent, operand, requireFloat, requireRank, requireSameDType, requireShape, show } from './rules.js';

/** Checks `q, k, v` at `position` and the mask, and gives the types of the result and of the logarithms of sums. */
function attentionTypes(
  inputs: readonly TensorType[],
  position: number,
  masked: boolean,
): [TensorType, TensorType] {
  const [q, k, v] = [0, 1, 2].map((i) => operand(inputs, position + i)) as [
    TensorType,
    TensorType,
    TensorType,
  ];
  const dtype = requireSameDType('attention', [q, k, v]);
  requireFloat('attention', q);
  requireRank('attention', 'the query', q, 4);
  requireRank('attention', 'the key', k, 4);
  requireRank('attention', 'the value', v, 4);
  const [batch, queries, heads, depth] = q.shape as [number, number, number, number];
  const [keys, keyHeads, valueDepth] = v.shape.slice(1) as [number, number, number];
  requireShape('attention', 'the key', k, [batch, keys, keyHeads, depth]);
  requireShape('attention', 'the value', v, [batch, keys, keyHeads, valueDepth]);
  if (keyHeads === 0 || heads % keyHeads !== 0) {
    throw new ShapeError(`attention: ${heads} heads of queries do not divide by ${keyHeads} of keys`);
  }
  if (masked) requireMask(operand(inputs, inputs.length - 1), [batch, heads, queries], keys);
  return [
    { shape: [batch, queries, heads, valueDepth], dtype },
    { shape: [batch, heads, queries], dtype: statisticsDType(dtype) },
  ];
}

function requireMask(mask: TensorType, leading: readonly number[], keys: number): void {
  if (mask.dtype !== 'bool') throw new DTypeError(`attention: the mask must be bool, got ${mask.dtype}`);
  const fits = leading.every((d, i) => mask.shape[i] === d || mask.shape[i] === 1) && mask.shape[3] === keys;
  if (mask.shape.length !== 4 || !fits) {
    throw new ShapeError(
      `attention: a mask of shape ${show(mask.shape)} does not fit ${show([...leading, keys])}`,
    );
  }
}

function requireCount(op: string, inputs: readonly TensorType[], expected: number): void {
  if (inputs.length !== expected) {
    throw new ValueError(`${op}: expected ${expected} operands, got ${inputs.length}`);
  }
}

interface Operands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly mask: Tensor | undefined;
}

const perHead = (t: Tensor, ops: Ops): Tensor => ops.permute(t, [0, 2, 1, 3]);

/** Keys or values `[B, S, K, H]` as `[B, N, S, H]`: those that heads share, once for each. */
function forEachHead(t: Tensor, heads: number, ops: Ops): Tensor {
  const [batch, keys, keyHeads, depth] = t.shape as [number, number, number, number];
  const shared = ops.broadcastGeneral(perHead(t, ops).reshape([batch, keyHeads, 1, keys, depth]), [
    batch,
    keyHeads,
    heads / keyHeads,
    keys,
    depth,
  ]);
  return shared.reshape([batch, heads, keys, depth]);
}

/** The gradient of {@link forEachHead}. */
function sumOfHeads(gradient: Tensor, like: Tensor, ops: Ops): Tensor {
  const [batch, keys, keyHeads, depth] = like.shape as [number, number, number, number];
  const grouped = gradient.reshape([
    batch,
    keyHeads,
    extent(gradient.shape, 1) / Math.max(1, keyHeads),
    keys,
    depth,
  ]);
  return perHead(ops.reduceSum(grouped, [2], false), ops);
}

/** The scaled scores `[B, N, T, S]`, and where keys are seen; all ops have gradients of their own. */
function scoresOf({ q, k, mask }: Operands, attrs: AttentionAttrs, ops: Ops): [Tensor, Tensor | undefined] {
  const heads = extent(q.shape, 2);
  const scaled = perHead(q, ops).mul(attrs.scale);
  const scores = ops.matmulGeneral(scaled, forEachHead(k, heads, ops), false, true);
  const wide = scores.cast(statisticsDType(scores.dtype));
  let seen = mask;
  if (attrs.causal) {
    const square = [extent(q.shape, 1), extent(k.shape, 1)];
    const past = ops.iota(square, 1, 'int32').lessEqual(ops.iota(square, 0, 'int32'));
    seen = seen ? seen.logicalAnd(past) : past;
  }
  return [wide, seen && ops.broadcastTo(seen, scores.shape)];
}

/** What stands for minus infinity: finite, so that a row without keys has the same weight for all. */
const hidden = (dtype: string): number =>
  -0.7 * (dtype === 'float64' ? Number.MAX_VALUE : 3.4028234663852886e38);

/** The gradients of q, k and v, with all scores in memory. */
function composedGradient(
  dout: Tensor,
  operands: Operands,
  attrs: AttentionAttrs,
  ops: Ops,
): [Tensor, Tensor, Tensor] {
  const { q, k, v } = operands;
  const [scores, seen] = scoresOf(operands, attrs, ops);
  const masked = seen
    ? ops.select(seen, scores, ops.full(scores.shape, hidden(scores.dtype), { dtype: scores.dtype }))
    : scores;
  const weights = ops.softmaxLast(masked);
  const heads = extent(q.shape, 2);
  const dHeads = perHead(dout, ops);
  const dValues = ops.matmulGeneral(weights.cast(v.dtype), dHeads, true, false);
  const dWeights = ops.matmulGeneral(dHeads, forEachHead(v, heads, ops), false, true).cast(weights.dtype);
  let dScores = ops.softmaxGrad(dWeights, weights);
  if (seen) dScores = ops.select(seen, dScores, ops.zerosLike(dScores));
  const d = dScores.mul(attrs.scale).cast(q.dtype);
  return [
    perHead(ops.matmulGeneral(d, forEachHead(k, heads, ops), false, false), ops),
    sumOfHeads(ops.matmulGeneral(d, perHead(q, ops), true, false), k, ops),
    sumOfHeads(dValues, v, ops),
  ];
}

export const attentionOp: OpDef<AttentionAttrs> = defineOp<AttentionAttrs>({
  name: 'attention',
  kind: 'library',
  inputs: 'variadic',
  outputs: 2,
  attrs: ATTENTION_ATTRS,
  infer(inputs, attrs) {
    requireCount('attention', inputs, attrs.mask ? 4 : 3);
    return attentionTypes(inputs, 0, attrs.mask);
  },
  // Nothing is made of the logarithms of sums but the gradient, which does not differentiate them.
  vjp({ grad, inputs, input, output, attrs, ops }) {
    const [q, k, v] = [input(0), input(1), input(2)];
    const mask = attrs.mask ? input(3) : undefined;
    const gradients = ops.attentionGrad(grad(0), q, k, v, output(0), output(1), mask, attrs);
    return [...gradients, null].slice(0, inputs.length);
  },
});

export const attentionGradOp: OpDef<AttentionAttrs> = defineOp<AttentionAttrs>({
  name: 'attention_grad',
  kind: 'library',
  inputs: 'variadic',
  outputs: 3,
  attrs: ATTENTION_ATTRS,
  infer(inputs, attrs) {
    requireCount('attention_grad', inputs, attrs.mask ? 7 : 6);
    const [out, logSum] = attentionTypes(inputs, 1, attrs.mask);
    requireShape('attention_grad', 'the gradient', operand(inputs, 0), out.shape);
    requireShape('attention_grad', 'the result', operand(inputs, 4), out.shape);
    requireShape('attention_grad', 'the logarithms', operand(inputs, 5), logSum.shape);
    return [operand(inputs, 1), operand(inputs, 2), operand(inputs, 3)];
  },
  // From q, k and v alone: the forward results are functions of them.
  composite({ input, attrs, ops }) {
    const mask = attrs.mask ? input(6) : undefined;
    return composedGradient(input(0), { q: input(1), k: input(2), v: input(3), mask }, attrs, ops);
  },
});
