// Primitives along one axis: positions of extremes, cumulative ops.
import { DTypeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type Ops } from '../../core/registry.js';
import type { Tensor } from '../../core/tensor.js';
import { ARG_REDUCE_ATTRS, type ArgReduceAttrs, CUMULATIVE_ATTRS, type CumulativeAttrs } from './attrs.js';
import { extent, operand, reducedShape, requireAxis, show } from './rules.js';

function argReduce(name: string, publicName: string): OpDef<ArgReduceAttrs> {
  return defineOp<ArgReduceAttrs>({
    name,
    kind: 'library',
    inputs: 1,
    outputs: 1,
    attrs: ARG_REDUCE_ATTRS,
    infer(inputs, { axis, keepdims }) {
      const x = operand(inputs, 0);
      const shape = reducedShape(publicName, x.shape, [axis], keepdims);
      if (extent(x.shape, axis) === 0) {
        throw new ValueError(`${publicName}: axis ${axis} of ${show(x.shape)} is empty`);
      }
      return [{ shape, dtype: 'int32' }];
    },
  });
}

export const argMaxOp: OpDef<ArgReduceAttrs> = argReduce('arg_max', 'argmax');
export const argMinOp: OpDef<ArgReduceAttrs> = argReduce('arg_min', 'argmin');

type Combine = (earlier: Tensor, later: Tensor, ops: Ops) => Tensor;

/** A scan by doubling: log2(n) combinations of the array with itself, moved by 1, 2, 4, … */
function doublingScan(
  x: Tensor,
  attrs: CumulativeAttrs,
  identity: number,
  combine: Combine,
  ops: Ops,
): Tensor {
  const { axis, reverse, exclusive } = attrs;
  const n = extent(x.shape, axis);
  const at = (value: number): number[] => x.shape.map((_, i) => (i === axis ? value : 0));
  const shifted = (t: Tensor, by: number): Tensor =>
    reverse
      ? ops.padGeneral(t, at(-by), at(by), undefined, identity)
      : ops.padGeneral(t, at(by), at(-by), undefined, identity);
  let y = exclusive ? shifted(x, Math.min(1, n)) : x;
  for (let step = 1; step < n; step *= 2) y = combine(shifted(y, step), y, ops);
  return y;
}

interface Cumulative {
  readonly name: string;
  readonly identity: number;
  readonly combine: Combine;
  readonly acceptsBool: boolean;
}

function cumulative({ name, identity, combine, acceptsBool }: Cumulative): OpDef<CumulativeAttrs> {
  return defineOp<CumulativeAttrs>({
    name,
    kind: 'library',
    inputs: 1,
    outputs: 1,
    attrs: CUMULATIVE_ATTRS,
    infer(inputs, { axis }) {
      const x = operand(inputs, 0);
      if (x.dtype === 'bool' && !acceptsBool) throw new DTypeError(`${name}: bool has no ${name}`);
      requireAxis(name, axis, x.shape.length);
      return [x];
    },
    composite: ({ input, attrs, ops }) => [doublingScan(input(0), attrs, identity, combine, ops)],
  });
}

export const cumsumOp: OpDef<CumulativeAttrs> = defineOp<CumulativeAttrs>({
  name: 'cumsum',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  attrs: CUMULATIVE_ATTRS,
  infer(inputs, { axis }) {
    const x = operand(inputs, 0);
    if (x.dtype === 'bool') throw new DTypeError('cumsum: bool has no cumsum');
    requireAxis('cumsum', axis, x.shape.length);
    return [x];
  },
  vjp: ({ grad, attrs, ops }) => [ops.cumulativeSum(grad(0), { ...attrs, reverse: !attrs.reverse })],
});

// The quotient form of this gradient divides by the elements; the doubling form is right at zeros too.
export const cumprodOp: OpDef<CumulativeAttrs> = cumulative({
  name: 'cumprod',
  identity: 1,
  combine: (a, b) => a.mul(b),
  acceptsBool: false,
});

export const cummaxOp: OpDef<CumulativeAttrs> = cumulative({
  name: 'cummax',
  identity: Number.NEGATIVE_INFINITY,
  combine: (a, b, ops) => ops.maximum(a, b),
  acceptsBool: true,
});

export const cumminOp: OpDef<CumulativeAttrs> = cumulative({
  name: 'cummin',
  identity: Number.POSITIVE_INFINITY,
  combine: (a, b, ops) => ops.minimum(a, b),
  acceptsBool: true,
});
