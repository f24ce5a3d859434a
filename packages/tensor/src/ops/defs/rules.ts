// What the shape and dtype rules of several primitives share.
import { type DType, isFloat } from '../../core/dtype.js';
import { DTypeError, ShapeError, ValueError } from '../../core/errors.js';
import type { TensorType } from '../../core/registry.js';
import { formatShape } from '../../core/shape.js';

/** The `index`-th operand's type; the registry has checked the count. */
export function operand(types: readonly TensorType[], index: number): TensorType {
  const type = types[index];
  if (type === undefined) throw new ValueError(`expected an operand at position ${index}`);
  return type;
}

/** `shape` as messages show it: `[2, 3]`. */
export const show: (shape: readonly number[]) => string = formatShape;

export function requireFloat(op: string, type: TensorType): void {
  if (!isFloat(type.dtype)) throw new DTypeError(`${op}: expected a floating-point dtype, got ${type.dtype}`);
}

export function requireSameDType(op: string, types: readonly TensorType[]): DType {
  const first = operand(types, 0).dtype;
  for (const type of types) {
    if (type.dtype !== first) {
      throw new DTypeError(
        `${op}: operands must have one dtype, got ${types.map((t) => t.dtype).join(', ')}`,
      );
    }
  }
  return first;
}

export function requireIndex(op: string, what: string, type: TensorType): void {
  if (type.dtype !== 'int32' && type.dtype !== 'int64') {
    throw new DTypeError(`${op}: ${what} must be int32 or int64, got ${type.dtype}`);
  }
}

export function requireRank(op: string, what: string, type: TensorType, rank: number): void {
  if (type.shape.length !== rank) {
    throw new ShapeError(`${op}: ${what} must have rank ${rank}, got shape ${show(type.shape)}`);
  }
}

export function requireShape(op: string, what: string, type: TensorType, shape: readonly number[]): void {
  if (!sameShape(type.shape, shape)) {
    throw new ShapeError(`${op}: ${what} must have shape ${show(shape)}, got ${show(type.shape)}`);
  }
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** An axis attribute, which must be counted from the front: negative axes are resolved before. */
export function requireAxis(op: string, axis: number, rank: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
    throw new ShapeError(`${op}: axis ${axis} is out of range for rank ${rank}`);
  }
}

export function requireLength(op: string, what: string, list: readonly number[], length: number): void {
  if (list.length !== length) {
    throw new ValueError(`${op}: ${what} needs ${length} values, got ${show(list)}`);
  }
}

/** The extent at `axis`, which exists. */
export function extent(shape: readonly number[], axis: number): number {
  const d = shape[axis];
  if (d === undefined) throw new ShapeError(`axis ${axis} is out of range for shape ${show(shape)}`);
  return d;
}

export function product(dims: readonly number[]): number {
  let n = 1;
  for (const d of dims) n *= d;
  return n;
}

/** `shape` with the extents of `axes` removed, or 1 where `keepdims`. */
export function reducedShape(
  op: string,
  shape: readonly number[],
  axes: readonly number[],
  keepdims: boolean,
): number[] {
  const drop = new Set<number>();
  for (const axis of axes) {
    requireAxis(op, axis, shape.length);
    if (drop.has(axis)) throw new ValueError(`${op}: axis ${axis} is given twice`);
    drop.add(axis);
  }
  const out: number[] = [];
  shape.forEach((d, i) => {
    if (!drop.has(i)) out.push(d);
    else if (keepdims) out.push(1);
  });
  return out;
}
