// Primitives that only move elements: reshape, broadcast, transpose, slice, reverse, pad, concat.
import { ShapeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef } from '../../core/registry.js';
import { broadcastShapes } from '../../core/shape.js';
import {
  AXES_ATTRS,
  AXIS_ATTRS,
  type AxesAttrs,
  type AxisAttrs,
  BROADCAST_ATTRS,
  type BroadcastAttrs,
  PAD_ATTRS,
  type PadAttrs,
  RESHAPE_ATTRS,
  type ReshapeAttrs,
  SLICE_ATTRS,
  type SliceAttrs,
  TRANSPOSE_ATTRS,
  type TransposeAttrs,
} from './attrs.js';
import {
  extent,
  operand,
  product,
  requireAxis,
  requireLength,
  requireSameDType,
  sameShape,
  show,
} from './rules.js';

export const reshapeOp: OpDef<ReshapeAttrs> = defineOp<ReshapeAttrs>({
  name: 'reshape',
  kind: 'movement',
  inputs: 1,
  outputs: 1,
  attrs: RESHAPE_ATTRS,
  infer(inputs, { shape }) {
    const x = operand(inputs, 0);
    if (shape.some((d) => !Number.isInteger(d) || d < 0) || product(shape) !== product(x.shape)) {
      throw new ShapeError(
        `reshape: cannot reshape ${show(x.shape)} (${product(x.shape)} elements) into ${show(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ grad, input }) => [grad(0).reshape(input(0).shape)],
});

export const broadcastOp: OpDef<BroadcastAttrs> = defineOp<BroadcastAttrs>({
  name: 'broadcast',
  kind: 'movement',
  inputs: 1,
  outputs: 1,
  attrs: BROADCAST_ATTRS,
  infer(inputs, { shape }) {
    const x = operand(inputs, 0);
    if (!sameShape(broadcastShapes(x.shape, shape), shape)) {
      throw new ShapeError(`broadcastTo: cannot broadcast ${show(x.shape)} to ${show(shape)}`);
    }
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ grad, input, ops }) => [ops.sumTo(grad(0), input(0).shape)],
});

export const transposeOp: OpDef<TransposeAttrs> = defineOp<TransposeAttrs>({
  name: 'transpose',
  kind: 'movement',
  inputs: 1,
  outputs: 1,
  attrs: TRANSPOSE_ATTRS,
  infer(inputs, { perm }) {
    const x = operand(inputs, 0);
    const sorted = [...perm].sort((a, b) => a - b);
    if (perm.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
      throw new ValueError(`transpose: ${show(perm)} is not a permutation of the axes of ${show(x.shape)}`);
    }
    return [{ shape: perm.map((axis) => extent(x.shape, axis)), dtype: x.dtype }];
  },
  vjp({ grad, attrs, ops }) {
    const inverse = new Array<number>(attrs.perm.length);
    attrs.perm.forEach((axis, i) => {
      inverse[axis] = i;
    });
    return [ops.transpose(grad(0), inverse)];
  },
});

export const sliceOp: OpDef<SliceAttrs> = defineOp<SliceAttrs>({
  name: 'slice',
  kind: 'movement',
  inputs: 1,
  outputs: 1,
  attrs: SLICE_ATTRS,
  infer(inputs, { starts, limits, strides }) {
    const x = operand(inputs, 0);
    const rank = x.shape.length;
    for (const list of [starts, limits, strides])
      requireLength('slice', 'starts, limits and strides', list, rank);
    const shape = x.shape.map((d, i) => {
      const start = extent(starts, i);
      const limit = extent(limits, i);
      const stride = extent(strides, i);
      if (start < 0 || limit < start || limit > d || stride < 1) {
        throw new ShapeError(
          `slice: ${start}:${limit}:${stride} is not a range of axis ${i} of ${show(x.shape)}`,
        );
      }
      return Math.ceil((limit - start) / stride);
    });
    return [{ shape, dtype: x.dtype }];
  },
  vjp({ grad, input, attrs, ops }) {
    const g = grad(0);
    const shape = input(0).shape;
    const interior = attrs.strides.map((s) => s - 1);
    const high = shape.map((d, i) => {
      const n = extent(g.shape, i);
      const covered = n === 0 ? 0 : (n - 1) * extent(attrs.strides, i) + 1;
      return d - extent(attrs.starts, i) - covered;
    });
    return [ops.padGeneral(g, attrs.starts, high, interior)];
  },
});

export const reverseOp: OpDef<AxesAttrs> = defineOp<AxesAttrs>({
  name: 'reverse',
  kind: 'movement',
  inputs: 1,
  outputs: 1,
  attrs: AXES_ATTRS,
  infer(inputs, { axes }) {
    const x = operand(inputs, 0);
    for (const axis of axes) requireAxis('flip', axis, x.shape.length);
    if (new Set(axes).size !== axes.length)
      throw new ValueError(`flip: an axis is given twice in ${show(axes)}`);
    return [x];
  },
  vjp: ({ grad, attrs, ops }) => [ops.flip(grad(0), attrs.axes)],
});

export const padOp: OpDef<PadAttrs> = defineOp<PadAttrs>({
  name: 'pad',
  kind: 'movement',
  inputs: 1,
  outputs: 1,
  attrs: PAD_ATTRS,
  infer(inputs, { low, high, interior }) {
    const x = operand(inputs, 0);
    const rank = x.shape.length;
    for (const list of [low, high, interior]) requireLength('pad', 'low, high and interior', list, rank);
    const shape = x.shape.map((d, i) => {
      const between = extent(interior, i);
      const n = extent(low, i) + extent(high, i) + d + Math.max(0, d - 1) * between;
      if (between < 0 || n < 0) {
        throw new ShapeError(`pad: cannot pad axis ${i} of ${show(x.shape)} by ${low[i]} and ${high[i]}`);
      }
      return n;
    });
    return [{ shape, dtype: x.dtype }];
  },
  vjp({ grad, input, attrs, ops }) {
    const shape = input(0).shape;
    const negate = (list: readonly number[]): number[] => list.map((d) => -d);
    const cropped = ops.padGeneral(grad(0), negate(attrs.low), negate(attrs.high));
    const starts = shape.map(() => 0);
    const strides = attrs.interior.map((d) => d + 1);
    return [ops.sliceGeneral(cropped, starts, cropped.shape, strides)];
  },
});

export const concatOp: OpDef<AxisAttrs> = defineOp<AxisAttrs>({
  name: 'concat',
  kind: 'movement',
  inputs: 'variadic',
  outputs: 1,
  attrs: AXIS_ATTRS,
  infer(inputs, { axis }) {
    const first = operand(inputs, 0);
    const dtype = requireSameDType('concatenate', inputs);
    requireAxis('concatenate', axis, first.shape.length);
    let total = 0;
    for (const { shape } of inputs) {
      if (shape.length !== first.shape.length || shape.some((d, i) => i !== axis && d !== first.shape[i])) {
        throw new ShapeError(
          `concatenate: shapes must agree but for axis ${axis}, got ${inputs.map((t) => show(t.shape)).join(', ')}`,
        );
      }
      total += extent(shape, axis);
    }
    return [{ shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype }];
  },
  vjp({ grad, inputs, attrs, ops }) {
    const g = grad(0);
    let start = 0;
    return inputs.map(({ shape }) => {
      const starts = shape.map((_, i) => (i === attrs.axis ? start : 0));
      start += extent(shape, attrs.axis);
      const limits = shape.map((d, i) => (i === attrs.axis ? start : d));
      return ops.sliceGeneral(g, starts, limits);
    });
  },
});
