// What the families of functions share: conversion of operands, axes, options.
import { toTensor, toTensors } from '../core/apply.js';
import { floatx } from '../core/config.js';
import { type DType, isFloat } from '../core/dtype.js';
import { DTypeError, ShapeError, ValueError } from '../core/errors.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { extent, product } from './defs/rules.js';
import { castTo, permute, reshapeTo, sliceGeneral } from './primitives.js';

/** One axis, several, or all (null, undefined). Negative ones count from the end. */
export type Axes = number | readonly number[] | null | undefined;

export interface DTypeOption {
  readonly dtype?: DType | undefined;
}

export interface KeepdimsOption {
  readonly keepdims?: boolean | undefined;
}

/** `axis` counted from the front, in `0 … rank - 1`. */
export function resolveAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(`${op}: axis ${axis} is out of range for rank ${rank}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** `value`, which is a list. Throws `ValueError` for anything else. */
export function checkList<T>(op: string, what: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value;
  throw new ValueError(`${op}: ${what} must be an array, got ${value === null ? 'null' : typeof value}`);
}

/** All of `axes` counted from the front; every axis for null. */
export function resolveAxes(op: string, axes: Axes, rank: number): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === 'number' ? [axes] : checkList(op, 'axes', axes);
  const resolved = list.map((axis) => resolveAxis(op, axis, rank));
  if (new Set(resolved).size !== resolved.length) {
    throw new ValueError(`${op}: an axis is given twice in ${formatShape(list)}`);
  }
  return resolved;
}

/** `x` in floating point: integers and bools become floatx. */
export function asFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : castTo(x, floatx());
}

/** The dtype in which a function of `x` that has no integer form computes. */
export function floatOf(dtype: DType): DType {
  return isFloat(dtype) ? dtype : floatx();
}

/** `x` as a condition: numbers count as true where they are not 0. */
export function asBool(x: Tensor): Tensor {
  return castTo(x, 'bool');
}

/** Indices as int32 or int64 (bools and other integers are converted); plain numbers are whole ones here. */
export function asIndices(op: string, x: TensorLike): Tensor {
  if (typeof x === 'number' || Array.isArray(x)) return toTensor(wholeNumbers(op, x), 'int32');
  const indices = toTensor(x);
  if (indices.dtype === 'int32' || indices.dtype === 'int64') return indices;
  if (isFloat(indices.dtype)) throw new DTypeError(`${op}: indices must be integers, got ${indices.dtype}`);
  return castTo(indices, indices.dtype === 'uint32' ? 'int64' : 'int32');
}

/** Checks that the plain numbers in nested arrays are whole. */
function wholeNumbers(op: string, x: TensorLike): TensorLike {
  const parts: unknown[] = [x];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (Array.isArray(part)) parts.push(...part);
    else if (typeof part === 'number' && !Number.isInteger(part)) {
      throw new DTypeError(`${op}: indices must be whole numbers, got ${part}`);
    }
  }
  return x;
}

/** A whole number or a list of them, as a list of `count`. */
export function spread(op: string, what: string, value: number | readonly number[], count: number): number[] {
  const list = typeof value === 'number' ? new Array<number>(count).fill(value) : [...value];
  if (list.length !== count) {
    throw new ValueError(`${op}: ${what} needs ${count} values, got ${formatShape(list)}`);
  }
  return list;
}

/** `compute(x)` in float32 where x has 16 bits, so that the parts of a formula are not rounded. */
export function overHalf(x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
  if (x.dtype !== 'float16' && x.dtype !== 'bfloat16') return compute(x);
  return castTo(compute(castTo(x, 'float32')), x.dtype);
}

/** `x` with `axes` moved to the end and joined into one. */
export function flattenAxes(x: Tensor, axes: readonly number[]): Tensor {
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const moved = permute(x, [...rest, ...axes]);
  return reshapeTo(moved, [
    ...rest.map((i) => extent(x.shape, i)),
    product(axes.map((i) => extent(x.shape, i))),
  ]);
}

/** The part of `x` in `from … to` of one axis. */
export function sliceAxis(x: Tensor, axis: number, from: number, to: number): Tensor {
  return sliceGeneral(
    x,
    x.shape.map((_, i) => (i === axis ? from : 0)),
    x.shape.map((d, i) => (i === axis ? to : d)),
  );
}

/** The operands of a product in one dtype that the core multiplies: small integers and bools as int32. */
export function productOperands(a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [x, y] = toTensors([a, b]) as [Tensor, Tensor];
  if (isFloat(x.dtype) || x.dtype === 'int32' || x.dtype === 'int64') return [x, y];
  const dtype = x.dtype === 'uint32' ? 'int64' : 'int32';
  return [castTo(x, dtype), castTo(y, dtype)];
}
