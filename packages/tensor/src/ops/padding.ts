// Padding of arrays.
import { toTensor } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { sliceAxis } from './base.js';
import { extent } from './defs/rules.js';
import { concatAlong, padGeneral, reverseAxes } from './primitives.js';

export type PadMode = 'constant' | 'reflect' | 'symmetric' | 'edge' | 'wrap';

/** One number for all ends, a pair for all axes, or a pair for each axis. */
export type PadWidth =
  | number
  | readonly [number, number]
  | readonly (readonly [number, number] | readonly [number])[];

export interface PadOptions {
  /**
   * 'constant' (the default); 'reflect': mirrored at the edge element; 'symmetric': mirrored with it; 'edge': repeated;
   * 'wrap': continued from the other end.
   */
  readonly mode?: PadMode | undefined;
  /** Of mode 'constant'. Default 0. */
  readonly constantValues?: number | null | undefined;
}

function widths(width: PadWidth, shape: readonly number[]): [number, number][] {
  if (typeof width === 'number') return shape.map(() => [width, width]);
  const [first, second] = width;
  const each = (pair: readonly number[]): [number, number] => [pair[0] ?? 0, pair[1] ?? pair[0] ?? 0];
  if (typeof first === 'number' && typeof second === 'number') return shape.map(() => [first, second]);
  const pairs = width as readonly (readonly number[])[];
  if (pairs.length === 1 && shape.length !== 1) return shape.map(() => each(pairs[0] ?? []));
  if (pairs.length !== shape.length) {
    throw new ShapeError(`pad: ${pairs.length} pairs for rank ${shape.length} (shape ${formatShape(shape)})`);
  }
  return pairs.map(each);
}

/** `count` elements that continue `x` before its beginning (or after its end), taken from `x` itself. */
function continuation(x: Tensor, axis: number, count: number, mode: PadMode, before: boolean): Tensor {
  const n = extent(x.shape, axis);
  const edge = mode === 'reflect' ? 1 : 0;
  const parts: Tensor[] = [];
  if (mode === 'edge') {
    const one = before ? sliceAxis(x, axis, 0, 1) : sliceAxis(x, axis, n - 1, n);
    return concatAlong(new Array<Tensor>(count).fill(one), axis);
  }
  // Wider than the array: piece after piece, mirrored and not in turns.
  const period = n - edge;
  let left = count;
  for (let turn = 0; left > 0; turn++) {
    const size = Math.min(left, Math.max(1, period));
    const mirrored = mode !== 'wrap' && turn % 2 === 0;
    const atStart = mode === 'wrap' ? !before : mirrored === before;
    const from = atStart ? Math.min(edge, n - 1) : n - edge - size;
    const piece = sliceAxis(x, axis, Math.max(0, from), Math.max(0, from) + size);
    const flipped = mirrored ? reverseAxes(piece, [axis]) : piece;
    if (before) parts.unshift(flipped);
    else parts.push(flipped);
    left -= size;
  }
  return concatAlong(parts, axis);
}

/**
 * `x` with elements added at the ends of its axes.
 * @throws ValueError for a negative width, an unknown mode, or an empty axis that has nothing to repeat.
 */
export const pad = publicOp('pad', (x: TensorLike, padWidth: PadWidth, options: PadOptions = {}): Tensor => {
  const t = toTensor(x);
  const { mode = 'constant' } = options;
  const pairs = widths(padWidth, t.shape);
  if (pairs.flat().some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ValueError(`pad: widths must be 0 or more, got ${JSON.stringify(padWidth)}`);
  }
  if (mode === 'constant') {
    return padGeneral(
      t,
      pairs.map(([low]) => low),
      pairs.map(([, high]) => high),
      undefined,
      options.constantValues ?? 0,
    );
  }
  if (!['reflect', 'symmetric', 'edge', 'wrap'].includes(mode))
    throw new ValueError(`pad: unknown mode '${mode}'`);
  if (options.constantValues !== undefined && options.constantValues !== null) {
    throw new ValueError(`pad: constantValues are of mode 'constant' only, got mode '${mode}'`);
  }
  return pairs.reduce<Tensor>((y, [low, high], axis) => {
    if (low === 0 && high === 0) return y;
    if (extent(y.shape, axis) === 0)
      throw new ValueError(`pad: axis ${axis} of ${formatShape(t.shape)} is empty`);
    return concatAlong(
      [
        ...(low > 0 ? [continuation(y, axis, low, mode, true)] : []),
        y,
        ...(high > 0 ? [continuation(y, axis, high, mode, false)] : []),
      ],
      axis,
    );
  }, t);
});
