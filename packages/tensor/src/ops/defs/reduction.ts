// Reductions over axes. Sums of float16/bfloat16 accumulate in float32; integers wrap.
import { DTypeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type VjpContext } from '../../core/registry.js';
import type { Tensor } from '../../core/tensor.js';
import { REDUCE_ATTRS, type ReduceAttrs } from './attrs.js';
import { extent, operand, reducedShape, show } from './rules.js';

interface Reduction {
  readonly name: string;
  readonly publicName: string;
  /** Bools have no sum: they are cast before. */
  readonly acceptsBool: boolean;
  /** Whether an empty slice has a result. */
  readonly identity: boolean;
  vjp(ctx: VjpContext<ReduceAttrs>): (Tensor | null)[];
}

function reduction({ name, publicName, acceptsBool, identity, vjp }: Reduction): OpDef<ReduceAttrs> {
  return defineOp<ReduceAttrs>({
    name,
    kind: 'reduction',
    inputs: 1,
    outputs: 1,
    attrs: REDUCE_ATTRS,
    infer(inputs, { axes, keepdims }) {
      const x = operand(inputs, 0);
      if (x.dtype === 'bool' && !acceptsBool) throw new DTypeError(`${publicName}: cannot reduce bool`);
      const shape = reducedShape(publicName, x.shape, axes, keepdims);
      if (!identity && axes.some((axis) => extent(x.shape, axis) === 0)) {
        throw new ValueError(`${publicName}: an empty axis has no result; x has shape ${show(x.shape)}`);
      }
      return [{ shape, dtype: x.dtype }];
    },
    vjp,
  });
}

/** `t`, a result of the reduction, with the reduced axes back as extents of 1. */
function restore(t: Tensor, ctx: VjpContext<ReduceAttrs>): Tensor {
  const { axes } = ctx.attrs;
  return t.reshape(ctx.input(0).shape.map((d, i) => (axes.includes(i) ? 1 : d)));
}

/** Of the extremes of one slice, each gets an equal share of the gradient. */
function extremeVjp(ctx: VjpContext<ReduceAttrs>): Tensor[] {
  const { ops, attrs } = ctx;
  const hit = ctx
    .input(0)
    .equal(restore(ctx.output(0), ctx))
    .cast(ctx.grad(0).dtype);
  const count = ops.reduceSum(hit, attrs.axes, true);
  return [hit.mul(restore(ctx.grad(0), ctx).div(count))];
}

export const reduceSumOp: OpDef<ReduceAttrs> = reduction({
  name: 'reduce_sum',
  publicName: 'sum',
  acceptsBool: false,
  identity: true,
  vjp: (ctx) => [ctx.ops.broadcastTo(restore(ctx.grad(0), ctx), ctx.input(0).shape)],
});

export const reduceProdOp: OpDef<ReduceAttrs> = reduction({
  name: 'reduce_prod',
  publicName: 'prod',
  acceptsBool: false,
  identity: true,
  // The product of the others: with no zero in the slice y/x; with one, it is the rest's product at that place.
  vjp(ctx) {
    const { ops, attrs } = ctx;
    const x = ctx.input(0);
    const isZero = x.equal(0);
    const nonzero = ops.where(isZero, 1, x);
    const zeros = isZero.cast(x.dtype);
    const zerosElsewhere = ops.reduceSum(zeros, attrs.axes, true).sub(zeros);
    const others = ops.reduceProd(nonzero, attrs.axes, true).div(nonzero);
    return [restore(ctx.grad(0), ctx).mul(ops.where(zerosElsewhere.equal(0), others, 0))];
  },
});

export const reduceMaxOp: OpDef<ReduceAttrs> = reduction({
  name: 'reduce_max',
  publicName: 'max',
  acceptsBool: true,
  identity: false,
  vjp: extremeVjp,
});

export const reduceMinOp: OpDef<ReduceAttrs> = reduction({
  name: 'reduce_min',
  publicName: 'min',
  acceptsBool: true,
  identity: false,
  vjp: extremeVjp,
});
