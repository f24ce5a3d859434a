// Reductions over segments: elements with one id belong together.
import { toTensor } from '../core/apply.js';
import type { DType } from '../core/dtype.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asIndices } from './base.js';
import { full } from './creation.js';
import type { ScatterMode } from './defs/attrs.js';
import { scatterAlong } from './primitives.js';

export interface SegmentOptions {
  /** How many segments there are: the shape of a result cannot depend on values. */
  readonly numSegments: number;
}

function segment(
  op: string,
  data: TensorLike,
  segmentIds: TensorLike,
  { numSegments }: SegmentOptions,
  start: number,
  mode: ScatterMode,
): Tensor {
  const x = toTensor(data);
  const ids = asIndices(op, segmentIds);
  if (ids.rank !== 1 || ids.size !== x.shape[0]) {
    throw new ShapeError(
      `${op}: segment ids of shape ${formatShape(ids.shape)} do not fit data of shape ${formatShape(x.shape)}: ` +
        'one id for each element of the first axis is needed',
    );
  }
  if (!Number.isInteger(numSegments) || numSegments < 0) {
    throw new ValueError(`${op}: numSegments must be a whole number, got ${numSegments}`);
  }
  const initial = full([numSegments, ...x.shape.slice(1)], start, { dtype: x.dtype });
  return scatterAlong(initial, ids, x, 0, mode);
}

const LOWEST: Partial<Record<DType, number>> = {
  bool: 0,
  uint8: 0,
  uint32: 0,
  int8: -128,
  int16: -32768,
  int32: -2147483648,
};
const HIGHEST: Partial<Record<DType, number>> = {
  bool: 1,
  uint8: 255,
  uint32: 4294967295,
  int8: 127,
  int16: 32767,
  int32: 2147483647,
};

/** The sum of each segment; 0 for one without elements. An id out of range is an error when the result is computed. */
export const segmentSum = publicOp(
  'segmentSum',
  (data: TensorLike, segmentIds: TensorLike, options: SegmentOptions): Tensor =>
    segment('segmentSum', data, segmentIds, options, 0, 'add'),
);

/** The product of each segment; 1 for one without elements. */
export const segmentProd = publicOp(
  'segmentProd',
  (data: TensorLike, segmentIds: TensorLike, options: SegmentOptions): Tensor =>
    segment('segmentProd', data, segmentIds, options, 1, 'mul'),
);

/** The largest element of each segment; the lowest value of the dtype for one without elements. */
export const segmentMax = publicOp(
  'segmentMax',
  (data: TensorLike, segmentIds: TensorLike, options: SegmentOptions): Tensor => {
    const x = toTensor(data);
    return segment('segmentMax', x, segmentIds, options, LOWEST[x.dtype] ?? -Infinity, 'max');
  },
);

/** The smallest element of each segment; the highest value of the dtype for one without elements. */
export const segmentMin = publicOp(
  'segmentMin',
  (data: TensorLike, segmentIds: TensorLike, options: SegmentOptions): Tensor => {
    const x = toTensor(data);
    return segment('segmentMin', x, segmentIds, options, HIGHEST[x.dtype] ?? Infinity, 'min');
  },
);
