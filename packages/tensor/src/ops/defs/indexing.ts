// Primitives that pick or place elements at positions known only at run time.
import { ShapeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type TensorType, type VjpContext } from '../../core/registry.js';
import type { Tensor } from '../../core/tensor.js';
import {
  AXIS_ATTRS,
  type AxisAttrs,
  SCATTER_ATTRS,
  SCATTER_MODES,
  type ScatterAttrs,
  type ScatterMode,
  SIZES_ATTRS,
  type SizesAttrs,
} from './attrs.js';
import {
  extent,
  operand,
  requireAxis,
  requireIndex,
  requireLength,
  requireSameDType,
  requireShape,
  show,
} from './rules.js';

function requireStarts(op: string, x: TensorType, starts: TensorType): void {
  if (starts.dtype !== 'int32')
    throw new ValueError(`${op}: start indices must be int32, got ${starts.dtype}`);
  requireShape(op, 'the start indices', starts, [x.shape.length]);
}

export const dynamicSliceOp: OpDef<SizesAttrs> = defineOp<SizesAttrs>({
  name: 'dynamic_slice',
  kind: 'movement',
  inputs: 2,
  outputs: 1,
  attrs: SIZES_ATTRS,
  infer(inputs, { sizes }) {
    const x = operand(inputs, 0);
    requireLength('slice', 'shape', sizes, x.shape.length);
    requireStarts('slice', x, operand(inputs, 1));
    if (sizes.some((n, i) => n < 0 || n > extent(x.shape, i))) {
      throw new ShapeError(`slice: a window of ${show(sizes)} does not fit in ${show(x.shape)}`);
    }
    return [{ shape: sizes, dtype: x.dtype }];
  },
  vjp: ({ grad, input, ops }) => [ops.dynamicUpdateSlice(ops.zerosLike(input(0)), grad(0), input(1)), null],
});

export const dynamicUpdateSliceOp: OpDef = defineOp({
  name: 'dynamic_update_slice',
  kind: 'movement',
  inputs: 3,
  outputs: 1,
  infer(inputs) {
    const x = operand(inputs, 0);
    const update = operand(inputs, 1);
    requireSameDType('sliceUpdate', [x, update]);
    if (update.shape.length !== x.shape.length || update.shape.some((n, i) => n > extent(x.shape, i))) {
      throw new ShapeError(
        `sliceUpdate: an update of ${show(update.shape)} does not fit in ${show(x.shape)}`,
      );
    }
    requireStarts('sliceUpdate', x, operand(inputs, 2));
    return [x];
  },
  vjp({ grad, input, ops }) {
    const g = grad(0);
    const update = input(1);
    const starts = input(2);
    const rest = ops.dynamicUpdateSlice(g, ops.zerosLike(update), starts);
    return [rest, ops.dynamicSlice(g, starts, update.shape), null];
  },
});

export const gatherOp: OpDef<AxisAttrs> = defineOp<AxisAttrs>({
  name: 'gather',
  kind: 'movement',
  inputs: 2,
  outputs: 1,
  attrs: AXIS_ATTRS,
  infer(inputs, { axis }) {
    const x = operand(inputs, 0);
    const indices = operand(inputs, 1);
    requireIndex('take', 'indices', indices);
    requireAxis('take', axis, x.shape.length);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ grad, input, attrs, ops }) => [
    ops.scatterAlong(ops.zerosLike(input(0)), input(1), grad(0), attrs.axis, 'add'),
    null,
  ],
});

function requireAlong(op: string, x: TensorType, indices: TensorType, axis: number): void {
  requireIndex(op, 'indices', indices);
  requireAxis(op, axis, x.shape.length);
  const fits =
    indices.shape.length === x.shape.length && indices.shape.every((d, i) => i === axis || d === x.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `${op}: indices ${show(indices.shape)} must have the shape of x ${show(x.shape)} but for axis ${axis}`,
    );
  }
}

export const gatherElementsOp: OpDef<AxisAttrs> = defineOp<AxisAttrs>({
  name: 'gather_elements',
  kind: 'movement',
  inputs: 2,
  outputs: 1,
  attrs: AXIS_ATTRS,
  infer(inputs, { axis }) {
    const x = operand(inputs, 0);
    const indices = operand(inputs, 1);
    requireAlong('takeAlongAxis', x, indices, axis);
    return [{ shape: indices.shape, dtype: x.dtype }];
  },
  vjp: ({ grad, input, attrs, ops }) => [
    ops.scatterElements(ops.zerosLike(input(0)), input(1), grad(0), attrs.axis, 'add'),
    null,
  ],
});

/** The shape that gathering x by `indices[..., k]` gives. */
function gatheredNd(op: string, x: TensorType, indices: TensorType): number[] {
  requireIndex(op, 'indices', indices);
  const depth = indices.shape.at(-1);
  if (depth === undefined || depth > x.shape.length) {
    throw new ShapeError(
      `${op}: the last extent of indices ${show(indices.shape)} must count leading axes of ${show(x.shape)}`,
    );
  }
  return [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
}

export const gatherNdOp: OpDef = defineOp({
  name: 'gather_nd',
  kind: 'movement',
  inputs: 2,
  outputs: 1,
  infer(inputs) {
    const x = operand(inputs, 0);
    return [{ shape: gatheredNd('gatherNd', x, operand(inputs, 1)), dtype: x.dtype }];
  },
  vjp: ({ grad, input, ops }) => [ops.scatterNd(ops.zerosLike(input(0)), input(1), grad(0), 'add'), null],
});

function requireMode(op: string, mode: number): void {
  if (!Object.values<number>(SCATTER_MODES).includes(mode))
    throw new ValueError(`${op}: unknown mode ${mode}`);
}

function modeName(mode: number): ScatterMode {
  for (const [name, value] of Object.entries(SCATTER_MODES)) {
    if (value === mode) return name as ScatterMode;
  }
  throw new ValueError(`scatter: unknown mode ${mode}`);
}

/** How one scatter reads and writes at its indices: all that its gradient depends on. */
interface Access {
  read(x: Tensor): Tensor;
  write(x: Tensor, updates: Tensor, mode: ScatterMode): Tensor;
}

/**
 * The gradient of `y = write(x, updates, mode)`.
 * set: of several updates of one element the last counts; max and min: an extreme reached several times shares the
 * gradient equally; mul: right also where factors are 0 (first order).
 */
function scatterVjp(ctx: VjpContext<ScatterAttrs>, access: Access): (Tensor | null)[] {
  const { ops } = ctx;
  const g = ctx.grad(0);
  const x = ctx.input(0);
  const updates = ctx.input(2);
  const mode = modeName(ctx.attrs.mode);
  if (mode === 'add') return [g, null, access.read(g)];
  if (mode === 'set') {
    const order = ops.arange(updates.size, { dtype: 'int32' }).reshape(updates.shape);
    const winner = access.read(access.write(ops.full(x.shape, -1, { dtype: 'int32' }), order, 'set'));
    const gx = access.write(g, ops.zerosLike(updates), 'set');
    return [gx, null, ops.where(winner.equal(order), access.read(g), 0)];
  }
  if (mode === 'mul') {
    const zeros = (t: Tensor): Tensor => t.equal(0).cast(g.dtype);
    const nonzero = (t: Tensor): Tensor => ops.where(t.equal(0), 1, t);
    const zeroCount = access.write(zeros(x), zeros(updates), 'add');
    const rest = access.write(nonzero(x), nonzero(updates), 'mul');
    const others = (t: Tensor, count: Tensor, all: Tensor): Tensor =>
      ops.where(count.equal(zeros(t)), all.div(nonzero(t)), 0);
    return [
      g.mul(others(x, zeroCount, rest)),
      null,
      access.read(g).mul(others(updates, access.read(zeroCount), access.read(rest))),
    ];
  }
  const y = ctx.output(0);
  const ofX = x.equal(y).cast(g.dtype);
  const ofUpdates = updates.equal(access.read(y)).cast(g.dtype);
  const share = g.div(access.write(ofX, ofUpdates, 'add'));
  return [ops.where(ofX.equal(0), 0, share), null, ops.where(ofUpdates.equal(0), 0, access.read(share))];
}

export const scatterOp: OpDef<ScatterAttrs> = defineOp<ScatterAttrs>({
  name: 'scatter',
  kind: 'movement',
  inputs: 3,
  outputs: 1,
  attrs: SCATTER_ATTRS,
  infer(inputs, { axis, mode }) {
    const x = operand(inputs, 0);
    const indices = operand(inputs, 1);
    const updates = operand(inputs, 2);
    requireMode('scatter', mode);
    requireIndex('scatter', 'indices', indices);
    requireAxis('scatter', axis, x.shape.length);
    requireSameDType('scatter', [x, updates]);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    requireShape('scatter', 'the updates', updates, shape);
    return [x];
  },
  vjp(ctx) {
    const { ops, attrs } = ctx;
    const indices = ctx.input(1);
    return scatterVjp(ctx, {
      read: (x) => ops.gatherAlong(x, indices, attrs.axis),
      write: (x, updates, mode) => ops.scatterAlong(x, indices, updates, attrs.axis, mode),
    });
  },
});

export const scatterElementsOp: OpDef<ScatterAttrs> = defineOp<ScatterAttrs>({
  name: 'scatter_elements',
  kind: 'movement',
  inputs: 3,
  outputs: 1,
  attrs: SCATTER_ATTRS,
  infer(inputs, { axis, mode }) {
    const x = operand(inputs, 0);
    const indices = operand(inputs, 1);
    const updates = operand(inputs, 2);
    requireMode('scatterElements', mode);
    requireAlong('scatterElements', x, indices, axis);
    requireSameDType('scatterElements', [x, updates]);
    requireShape('scatterElements', 'the updates', updates, indices.shape);
    return [x];
  },
  vjp(ctx) {
    const { ops, attrs } = ctx;
    const indices = ctx.input(1);
    return scatterVjp(ctx, {
      read: (x) => ops.gatherElements(x, indices, attrs.axis),
      write: (x, updates, mode) => ops.scatterElements(x, indices, updates, attrs.axis, mode),
    });
  },
});

export const scatterNdOp: OpDef<ScatterAttrs> = defineOp<ScatterAttrs>({
  name: 'scatter_nd',
  kind: 'movement',
  inputs: 3,
  outputs: 1,
  attrs: SCATTER_ATTRS,
  infer(inputs, { mode }) {
    const x = operand(inputs, 0);
    const indices = operand(inputs, 1);
    const updates = operand(inputs, 2);
    requireMode('scatterNd', mode);
    requireSameDType('scatterNd', [x, updates]);
    requireShape('scatterNd', 'the updates', updates, gatheredNd('scatterNd', x, indices));
    return [x];
  },
  vjp(ctx) {
    const { ops } = ctx;
    const indices = ctx.input(1);
    return scatterVjp(ctx, {
      read: (x) => ops.gatherNd(x, indices),
      write: (x, updates, mode) => ops.scatterNd(x, indices, updates, mode),
    });
  },
});
