import {
  isTensorLike,
  mapTree,
  type NestedArray,
  ops,
  Tensor,
  type TensorLike,
  tensor,
  toTensor,
  ValueError,
} from '@ibex/tensor';
import type { Batch } from './batch.js';
import { countSamples } from './data-check.js';

/** Data that lies in memory as a whole: nests of tensors with the samples along the first axis. */
export interface ArrayData {
  readonly x: unknown;
  readonly y: unknown;
  readonly sampleWeight: unknown;
  readonly count: number;
}

/**
 * Arrays of numbers are one tensor; arrays of tensors, typed arrays or of arrays of numbers are taken for the inputs of a
 * model with several only when they hold tensors or typed arrays.
 */
export function toTensorNest(value: unknown, name: string): unknown {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && !holdsNumbers(value)) {
    return value.map((entry, i) => toTensorNest(entry, `${name}[${i}]`));
  }
  if (Array.isArray(value)) return numbersToTensor(value as readonly unknown[]);
  if (isTensorLike(value)) return toTensor(value as TensorLike);
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, toTensorNest(entry, `${name}.${key}`)]),
    );
  }
  throw new ValueError(
    `${name} must be a tensor, a typed array or nested arrays of numbers, got ${typeof value}.`,
  );
}

/** Nested arrays as floats, but whole numbers that a float32 can't hold, as tokens may be, as whole numbers. */
function numbersToTensor(value: readonly unknown[]): Tensor {
  let largest = 0;
  const parts: (readonly unknown[])[] = [value];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    for (const entry of part) {
      if (Array.isArray(entry)) parts.push(entry as readonly unknown[]);
      else if (!Number.isInteger(entry)) return toTensor(value as TensorLike);
      else largest = Math.max(largest, Math.abs(entry as number));
    }
  }
  if (largest <= 2 ** 24) return toTensor(value as TensorLike);
  return tensor(value as NestedArray, { dtype: largest < 2 ** 31 ? 'int32' : 'int64' });
}

function holdsNumbers(value: readonly unknown[]): boolean {
  let probe: unknown = value;
  while (Array.isArray(probe)) probe = probe[0];
  return (
    probe === undefined ||
    typeof probe === 'number' ||
    typeof probe === 'boolean' ||
    typeof probe === 'bigint'
  );
}

/** Whether the value is data in memory, rather than a source of batches. */
export function isArrayData(x: unknown): boolean {
  if (x === null || typeof x !== 'object') return isTensorLike(x);
  if (isTensorLike(x)) return true;
  return !(Symbol.asyncIterator in x) && (Array.isArray(x) || !(Symbol.iterator in x)) && !('next' in x);
}

/** Tensors of in-memory data, checked to have the same number of samples. */
export function arrayData(x: unknown, y: unknown, sampleWeight: unknown): ArrayData {
  const parts = {
    x: toTensorNest(x, 'x'),
    y: toTensorNest(y, 'y'),
    sampleWeight: toTensorNest(sampleWeight, 'sampleWeight'),
  };
  const count = countSamples(
    Object.entries(parts).map(([name, nest]) => ({ name, tensors: tensorsIn(nest) })),
  );
  return { ...parts, count };
}

export function tensorsIn(nest: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  mapTree(nest, (leaf) => {
    if (leaf instanceof Tensor) tensors.push(leaf);
    return leaf;
  });
  return tensors;
}

/** The rows `start … end` of everything. */
export function sliceData(data: ArrayData, start: number, end: number): ArrayData {
  const cut = (nest: unknown): unknown =>
    mapTree(nest, (leaf) => (leaf instanceof Tensor ? rows(leaf, start, end).realize() : leaf));
  return { x: cut(data.x), y: cut(data.y), sampleWeight: cut(data.sampleWeight), count: end - start };
}

function rows(tensor: Tensor, start: number, end: number): Tensor {
  return ops.slice(
    tensor,
    [start, ...tensor.shape.slice(1).map(() => 0)],
    [end - start, ...tensor.shape.slice(1)],
  );
}

/** The samples `indices` of everything, as a batch; to be traced into a step. */
export function gatherBatch({ x, y, sampleWeight }: Omit<ArrayData, 'count'>, indices: Tensor): Batch {
  return batchOf(gatherRows(x, indices), gatherRows(y, indices), gatherRows(sampleWeight, indices));
}

/** The rows `indices` of each tensor. */
export function gatherRows(nest: unknown, indices: Tensor): unknown {
  return mapTree(nest, (leaf) => (leaf instanceof Tensor ? ops.take(leaf, indices, 0) : leaf));
}

export function batchOf(x: unknown, y: unknown, sampleWeight: unknown): Batch {
  return { x, ...(y === undefined ? {} : { y }), ...(sampleWeight === undefined ? {} : { sampleWeight }) };
}
