import {
  type DType,
  getMask,
  isFloat,
  isKerasTensor,
  isTensorLike,
  KerasTensor,
  type SymbolicShape,
  setMask,
  Tensor,
  toTensor,
  Variable,
} from '@ibex/tensor';
import type { ShapeTree } from './types.js';

// How the arguments of a layer's call are taken apart and converted.

export type Options = Readonly<Record<string, unknown>>;

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The first argument is the inputs; a plain object at the end, if there is more than one, is the options. */
export function splitArguments(args: readonly unknown[]): {
  positional: readonly unknown[];
  options: Options;
} {
  let count = args.length;
  while (count > 1 && args[count - 1] === undefined) count--;
  const last = args[count - 1];
  if (count > 1 && isPlainObject(last)) return { positional: args.slice(0, count - 1), options: last };
  return { positional: args.slice(0, count), options: {} };
}

/** Whether an array is a list of tensors, rather than the values of one. */
function isTensorList(value: readonly unknown[]): boolean {
  if (value.length === 0) return true;
  return value.some((entry) =>
    Array.isArray(entry)
      ? isTensorList(entry) && entry.length > 0
      : typeof entry === 'object' || typeof entry === 'function',
  );
}

/** `tree` with each leaf replaced: arrays of numbers are leaves, lists of tensors and plain objects are not. */
export function mapInputs(tree: unknown, leaf: (value: unknown) => unknown): unknown {
  if (Array.isArray(tree) && isTensorList(tree)) return tree.map((entry) => mapInputs(entry, leaf));
  if (isPlainObject(tree)) {
    return Object.fromEntries(Object.entries(tree).map(([key, entry]) => [key, mapInputs(entry, leaf)]));
  }
  return leaf(tree);
}

export function inputLeaves(tree: unknown): unknown[] {
  const leaves: unknown[] = [];
  mapInputs(tree, (leaf) => leaves.push(leaf));
  return leaves;
}

export function holdsSymbolic(tree: unknown): boolean {
  return inputLeaves(tree).some(isKerasTensor);
}

/** Leaves as tensors, floats in `dtype` (where one is given); masks stay attached. Other leaves are left alone. */
export function convertInputs(tree: unknown, dtype: DType | null): unknown {
  return mapInputs(tree, (leaf) => {
    if (leaf === null || typeof leaf === 'string' || !isTensorLike(leaf)) return leaf;
    return castFloat(toTensor(leaf), dtype);
  });
}

/** Only the tensors and variables among the leaves are converted: in options numbers and booleans are settings. */
export function convertOptions(options: Options, dtype: DType | null): Options {
  return mapInputs(options, (leaf) => {
    if (leaf instanceof Variable) return castFloat(leaf.value, dtype);
    return leaf instanceof Tensor ? castFloat(leaf, dtype) : leaf;
  }) as Options;
}

export function castFloat(tensor: Tensor, dtype: DType | null): Tensor {
  if (dtype === null || tensor.dtype === dtype || !isFloat(tensor.dtype)) return tensor;
  const converted = tensor.cast(dtype);
  const mask = getMask(tensor);
  if (mask) setMask(converted, mask);
  return converted;
}

/**
 * The shapes of tensors in their structure. The batch's extent is not part of what a layer is built for: it is `null`
 * (but for vectors, which may be no batch), unless `keepBatch`.
 */
export function shapesOf(tree: unknown, keepBatch: boolean): ShapeTree | null {
  if (tree === null || tree === undefined) return null;
  return mapInputs(tree, (leaf) => {
    if (!(leaf instanceof Tensor || leaf instanceof KerasTensor)) return null;
    const shape: SymbolicShape = leaf.shape;
    return keepBatch || shape.length < 2 ? [...shape] : [null, ...shape.slice(1)];
  }) as ShapeTree;
}

/** The masks of tensors in their structure; `null` where no tensor has one. */
export function masksOf(tree: unknown): unknown {
  let found = false;
  const masks = mapInputs(tree, (leaf) => {
    const mask = getMask(leaf);
    if (mask) found = true;
    return mask ?? null;
  });
  return found ? masks : null;
}

export function isShape(value: unknown): value is SymbolicShape {
  return Array.isArray(value) && value.every((extent) => extent === null || typeof extent === 'number');
}

/** `tree` of shapes with each shape replaced. */
export function mapShapes(tree: unknown, leaf: (shape: SymbolicShape) => unknown): unknown {
  if (isShape(tree)) return leaf(tree);
  if (Array.isArray(tree)) return tree.map((entry) => mapShapes(entry, leaf));
  if (isPlainObject(tree)) {
    return Object.fromEntries(Object.entries(tree).map(([key, entry]) => [key, mapShapes(entry, leaf)]));
  }
  return tree;
}
