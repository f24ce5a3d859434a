// Scaled dot-product attention.
import { toTensor, toTensors } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asBool, asFloat } from './base.js';
import { statisticsDType } from './defs/normalization.js';
import { extent } from './defs/rules.js';
import {
  attention,
  broadcastGeneral,
  castTo,
  iota,
  matmulGeneral,
  permute,
  reshapeTo,
  select,
  softmaxLast,
} from './primitives.js';
import { repeat } from './shaping.js';

export interface AttentionOptions {
  /** Added to the logits; broadcasts to `[B, N, T, S]`. */
  readonly bias?: TensorLike | null | undefined;
  /** Which keys a query sees (true); broadcasts to `[B, N, T, S]`. */
  readonly mask?: TensorLike | null | undefined;
  /** What logits are multiplied by: `1 / sqrt(H)` by default. */
  readonly scale?: number | null | undefined;
  /** Whether a query sees only keys up to its own position. */
  readonly isCausal?: boolean | undefined;
}

/** What stands for minus infinity in masked logits: finite, so that a row with no key at all stays finite. */
function maskedLogit(dtype: string): number {
  return dtype === 'float64' ? -0.7 * Number.MAX_VALUE : -0.7 * 3.4028234663852886e38;
}

/**
 * `softmax(query · keyᵀ · scale + bias) · value` for queries `[B, T, N, H]` and keys and values `[B, S, K, H]`; with
 * fewer heads of keys than of queries, each serves N / K of them. The softmax is computed in float32 at least.
 * @throws ShapeError when the shapes do not fit.
 */
export const dotProductAttention = publicOp(
  'dotProductAttention',
  (query: TensorLike, key: TensorLike, value: TensorLike, options: AttentionOptions = {}): Tensor => {
    const [q, k, v] = toTensors([query, key, value].map((x) => asFloat(toTensor(x)))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    for (const [what, t] of [
      ['query', q],
      ['key', k],
      ['value', v],
    ] as const) {
      if (t.rank !== 4) {
        throw new ShapeError(
          `dotProductAttention: ${what} must have rank 4, got shape ${formatShape(t.shape)}`,
        );
      }
    }
    const heads = extent(q.shape, 2);
    const keyHeads = extent(k.shape, 2);
    if (keyHeads === 0 || heads % keyHeads !== 0) {
      throw new ValueError(
        `dotProductAttention: ${heads} heads of queries do not divide by ${keyHeads} of keys`,
      );
    }
    const scale = options.scale ?? 1 / Math.sqrt(extent(q.shape, 3));
    const { bias, isCausal: causal = false } = options;
    const mask =
      options.mask === undefined || options.mask === null ? undefined : asBool(toTensor(options.mask));
    if (bias !== undefined && bias !== null) return biased(q, k, v, toTensor(bias), { mask, scale, causal });
    return attention(q, k, v, mask && scoresMask(mask, extent(k.shape, 1)), { scale, causal })[0];
  },
);

/** `mask` with all four axes, and all keys on the last. */
function scoresMask(mask: Tensor, keys: number): Tensor {
  const full = [...new Array<number>(Math.max(0, 4 - mask.rank)).fill(1), ...mask.shape];
  return broadcastGeneral(reshapeTo(mask, full), [
    ...full.slice(0, -1),
    full.at(-1) === 1 ? keys : full.at(-1)!,
  ]);
}

interface Composed {
  readonly mask: Tensor | undefined;
  readonly scale: number;
  readonly causal: boolean;
}

/** Attention with a bias, with all scores in memory: the bias and its gradient have as many elements. */
function biased(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, { mask, scale, causal }: Composed): Tensor {
  const [queries, heads] = [extent(q.shape, 1), extent(q.shape, 2)];
  const [keys, keyHeads] = [extent(k.shape, 1), extent(k.shape, 2)];
  const perHead = (t: Tensor): Tensor => permute(t, [0, 2, 1, 3]);
  const shared = (t: Tensor): Tensor => perHead(heads === keyHeads ? t : repeat(t, heads / keyHeads, 2));
  const wide = statisticsDType(q.dtype);
  const scores = matmulGeneral(perHead(q).mul(scale), shared(k), false, true);
  let logits = castTo(scores, wide).add(castTo(bias, wide));
  let visible = mask;
  if (causal) {
    const past = iota([queries, keys], 1, 'int32').lessEqual(iota([queries, keys], 0, 'int32'));
    visible = visible ? visible.logicalAnd(past) : past;
  }
  if (visible) logits = select(visible, logits, toTensor(maskedLogit(wide), wide));
  const weights = castTo(softmaxLast(logits), v.dtype);
  return perHead(matmulGeneral(weights, shared(v), false, false));
}
