// Convolution, channels last, one to three spatial axes, and its two gradients. Each is linear in both operands, so
// every gradient is again one of the three.
import { ShapeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type TensorType } from '../../core/registry.js';
import { CONV_ATTRS, type ConvAttrs } from './attrs.js';
import { extent, operand, requireFloat, requireLength, requireSameDType, show } from './rules.js';

/** The extent that a window of `kernel`, dilated and strided over a padded axis, gives. */
export function windowedExtent(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  const reach = (kernel - 1) * dilation + 1;
  return Math.max(0, Math.floor((size + padding - reach) / stride) + 1);
}

function requireSpatial(op: string, inputs: readonly TensorType[], attrs: ConvAttrs): number {
  const x = operand(inputs, 0);
  requireSameDType(op, inputs);
  requireFloat(op, x);
  const spatial = x.shape.length - 2;
  if (spatial < 1 || spatial > 3) {
    throw new ShapeError(`${op}: expected 1 to 3 spatial axes, got shape ${show(x.shape)}`);
  }
  requireLength(op, 'strides', attrs.strides, spatial);
  requireLength(op, 'padding (low)', attrs.padLow, spatial);
  requireLength(op, 'padding (high)', attrs.padHigh, spatial);
  requireLength(op, 'dilation', attrs.dilation, spatial);
  if ([...attrs.strides, ...attrs.dilation].some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ValueError(
      `${op}: strides and dilation must be positive integers, got ${show(attrs.strides)}, ${show(attrs.dilation)}`,
    );
  }
  return spatial;
}

/** The extents that convolving spatial extents `size` by `kernel` gives. */
function outputExtents(
  op: string,
  size: readonly number[],
  kernel: readonly number[],
  attrs: ConvAttrs,
): number[] {
  return size.map((n, i) => {
    const padding = extent(attrs.padLow, i) + extent(attrs.padHigh, i);
    const out = windowedExtent(
      n,
      extent(kernel, i),
      extent(attrs.strides, i),
      padding,
      extent(attrs.dilation, i),
    );
    if (out === 0 && n > 0) {
      throw new ShapeError(
        `${op}: a kernel of ${show(kernel)} (dilation ${show(attrs.dilation)}) does not fit in spatial extents ` +
          `${show(size)} padded by ${show(attrs.padLow)} and ${show(attrs.padHigh)}`,
      );
    }
    return out;
  });
}

function requireGroups(op: string, channels: number, kernel: readonly number[], groups: number): void {
  const perGroup = kernel.at(-2) ?? 0;
  const filters = kernel.at(-1) ?? 0;
  if (!Number.isInteger(groups) || groups < 1 || channels !== perGroup * groups || filters % groups !== 0) {
    throw new ShapeError(
      `${op}: ${channels} input channels in ${groups} group(s) do not fit a kernel of shape ${show(kernel)} ` +
        '(spatial…, channels / groups, filters)',
    );
  }
}

export const convOp: OpDef<ConvAttrs> = defineOp<ConvAttrs>({
  name: 'conv',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  attrs: CONV_ATTRS,
  infer(inputs, attrs) {
    const x = operand(inputs, 0);
    const kernel = operand(inputs, 1);
    const spatial = requireSpatial('conv', inputs, attrs);
    if (kernel.shape.length !== spatial + 2) {
      throw new ShapeError(
        `conv: x of shape ${show(x.shape)} needs a kernel of rank ${spatial + 2}, got ${show(kernel.shape)}`,
      );
    }
    requireGroups('conv', extent(x.shape, spatial + 1), kernel.shape, attrs.groups);
    const size = outputExtents('conv', x.shape.slice(1, -1), kernel.shape.slice(0, -2), attrs);
    return [{ shape: [extent(x.shape, 0), ...size, extent(kernel.shape, spatial + 1)], dtype: x.dtype }];
  },
  vjp({ grad, input, attrs, ops }) {
    const x = input(0);
    const kernel = input(1);
    return [
      ops.convInputGrad(grad(0), kernel, { ...attrs, spatial: x.shape.slice(1, -1) }),
      ops.convFilterGrad(x, grad(0), { ...attrs, spatial: kernel.shape.slice(0, -2) }),
    ];
  },
});

export const convInputGradOp: OpDef<ConvAttrs> = defineOp<ConvAttrs>({
  name: 'conv_input_grad',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  attrs: CONV_ATTRS,
  infer(inputs, attrs) {
    const dy = operand(inputs, 0);
    const kernel = operand(inputs, 1);
    const spatial = requireSpatial('convTranspose', inputs, attrs);
    requireLength('convTranspose', 'the output size', attrs.spatial, spatial);
    const filters = kernel.shape.at(-1);
    if (kernel.shape.length !== spatial + 2 || filters !== dy.shape.at(-1) || filters === undefined) {
      throw new ShapeError(
        `convTranspose: a kernel of shape ${show(kernel.shape)} does not fit an input of shape ${show(dy.shape)}`,
      );
    }
    const size = outputExtents('convTranspose', attrs.spatial, kernel.shape.slice(0, -2), attrs);
    if (size.some((n, i) => n !== dy.shape[i + 1])) {
      throw new ShapeError(
        `convTranspose: an output of spatial extents ${show(attrs.spatial)} needs an input of ${show(size)}, ` +
          `got ${show(dy.shape.slice(1, -1))}`,
      );
    }
    const channels = extent(kernel.shape, spatial) * attrs.groups;
    return [{ shape: [extent(dy.shape, 0), ...attrs.spatial, channels], dtype: dy.dtype }];
  },
  vjp({ grad, input, attrs, ops }) {
    const dy = input(0);
    const kernel = input(1);
    return [
      ops.convGeneral(grad(0), kernel, { ...attrs, spatial: [] }),
      ops.convFilterGrad(grad(0), dy, { ...attrs, spatial: kernel.shape.slice(0, -2) }),
    ];
  },
});

export const convFilterGradOp: OpDef<ConvAttrs> = defineOp<ConvAttrs>({
  name: 'conv_filter_grad',
  kind: 'library',
  inputs: 2,
  outputs: 1,
  attrs: CONV_ATTRS,
  infer(inputs, attrs) {
    const x = operand(inputs, 0);
    const dy = operand(inputs, 1);
    const spatial = requireSpatial('conv', inputs, attrs);
    requireLength('conv', 'the kernel size', attrs.spatial, spatial);
    const size = outputExtents('conv', x.shape.slice(1, -1), attrs.spatial, attrs);
    const expected = [extent(x.shape, 0), ...size];
    if (dy.shape.length !== spatial + 2 || expected.some((n, i) => n !== dy.shape[i])) {
      throw new ShapeError(`conv: a gradient of shape ${show(dy.shape)} does not fit x of ${show(x.shape)}`);
    }
    const channels = extent(x.shape, spatial + 1);
    if (channels % attrs.groups !== 0) {
      throw new ShapeError(`conv: ${channels} channels do not divide into ${attrs.groups} groups`);
    }
    const shape = [...attrs.spatial, channels / attrs.groups, extent(dy.shape, spatial + 1)];
    return [{ shape, dtype: x.dtype }];
  },
  vjp({ grad, input, attrs, ops }) {
    const x = input(0);
    const dy = input(1);
    return [
      ops.convInputGrad(dy, grad(0), { ...attrs, spatial: x.shape.slice(1, -1) }),
      ops.convGeneral(x, grad(0), { ...attrs, spatial: [] }),
    ];
  },
});
