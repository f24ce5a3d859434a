// Pooling over windows, channels last. Padding never wins a maximum.
import { ShapeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type TensorType } from '../../core/registry.js';
import { POOL_ATTRS, type PoolAttrs } from './attrs.js';
import { windowedExtent } from './conv.js';
import { extent, operand, requireFloat, requireLength, requireShape, show } from './rules.js';

/** The pooled shape of `[N, spatial…, C]`; checks the attributes. */
function pooledShape(op: string, shape: readonly number[], attrs: PoolAttrs): number[] {
  const spatial = shape.length - 2;
  if (spatial < 1 || spatial > 3) {
    throw new ShapeError(`${op}: expected 1 to 3 spatial axes, got shape ${show(shape)}`);
  }
  requireLength(op, 'the pool size', attrs.window, spatial);
  requireLength(op, 'strides', attrs.strides, spatial);
  requireLength(op, 'padding (low)', attrs.padLow, spatial);
  requireLength(op, 'padding (high)', attrs.padHigh, spatial);
  requireLength(op, 'dilation', attrs.dilation, spatial);
  if ([...attrs.window, ...attrs.strides, ...attrs.dilation].some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ValueError(
      `${op}: pool size and strides must be positive integers, got ${show(attrs.window)} and ${show(attrs.strides)}`,
    );
  }
  return shape.map((n, axis) => {
    if (axis === 0 || axis === spatial + 1) return n;
    const i = axis - 1;
    const padding = extent(attrs.padLow, i) + extent(attrs.padHigh, i);
    const out = windowedExtent(
      n,
      extent(attrs.window, i),
      extent(attrs.strides, i),
      padding,
      extent(attrs.dilation, i),
    );
    if (out === 0 && n > 0) {
      throw new ShapeError(`${op}: a window of ${show(attrs.window)} does not fit in ${show(shape)}`);
    }
    return out;
  });
}

/** The type of the gradient with respect to the pooled input. */
function unpooled(op: string, dy: TensorType, attrs: PoolAttrs): TensorType {
  requireLength(op, 'the input size', attrs.spatial, dy.shape.length - 2);
  const shape = [extent(dy.shape, 0), ...attrs.spatial, extent(dy.shape, dy.shape.length - 1)];
  requireShape(op, 'the gradient', dy, pooledShape(op, shape, attrs));
  return { shape, dtype: dy.dtype };
}

export const maxPoolOp: OpDef<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'max_pool',
  kind: 'library',
  inputs: 1,
  outputs: 2,
  attrs: POOL_ATTRS,
  infer(inputs, attrs) {
    const x = operand(inputs, 0);
    requireFloat('maxPool', x);
    const shape = pooledShape('maxPool', x.shape, attrs);
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: 'int32' },
    ];
  },
  vjp: ({ grad, input, output, attrs, ops }) => [
    ops.maxPoolGrad(grad(0), output(1), { ...attrs, spatial: input(0).shape.slice(1, -1) }),
  ],
});

export const maxPoolGradOp: OpDef<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'max_pool_grad',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  attrs: POOL_ATTRS,
  infer(inputs, attrs) {
    const dy = operand(inputs, 0);
    requireFloat('maxPool', dy);
    requireShape('maxPool', 'the positions', operand(inputs, 1), dy.shape);
    return [unpooled('maxPool', dy, attrs)];
  },
  vjp: ({ grad, input, attrs, ops }) => [
    ops.maxPoolGather(grad(0), input(1), { ...attrs, spatial: [] }),
    null,
  ],
});

export const maxPoolGatherOp: OpDef<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'max_pool_gather',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  attrs: POOL_ATTRS,
  infer(inputs, attrs) {
    const x = operand(inputs, 0);
    requireFloat('maxPool', x);
    const shape = pooledShape('maxPool', x.shape, attrs);
    requireShape('maxPool', 'the positions', operand(inputs, 1), shape);
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ grad, input, attrs, ops }) => [
    ops.maxPoolGrad(grad(0), input(1), { ...attrs, spatial: input(0).shape.slice(1, -1) }),
    null,
  ],
});

export const avgPoolOp: OpDef<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'avg_pool',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  attrs: POOL_ATTRS,
  infer(inputs, attrs) {
    const x = operand(inputs, 0);
    requireFloat('averagePool', x);
    return [{ shape: pooledShape('averagePool', x.shape, attrs), dtype: x.dtype }];
  },
  vjp: ({ grad, input, attrs, ops }) => [
    ops.avgPoolGrad(grad(0), { ...attrs, spatial: input(0).shape.slice(1, -1) }),
  ],
});

export const avgPoolGradOp: OpDef<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'avg_pool_grad',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  attrs: POOL_ATTRS,
  infer(inputs, attrs) {
    const dy = operand(inputs, 0);
    requireFloat('averagePool', dy);
    return [unpooled('averagePool', dy, attrs)];
  },
  vjp: ({ grad, attrs, ops }) => [ops.avgPoolGeneral(grad(0), { ...attrs, spatial: [] })],
});
