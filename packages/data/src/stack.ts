import { IbexError, isTensorLike, ops, type TensorLike, ValueError } from '@ibex/tensor';

/**
 * Stacks equally nested elements leaf by leaf along a new first axis; numbers, arrays of numbers and typed arrays become
 * tensors. An element that is an array of anything else than numbers is a tuple, `[x, y]`; within one, nested arrays of
 * numbers are leaves. Throws `ValueError`, naming the leaf, where the elements are nested differently or their shapes
 * differ.
 */
export function stackElements<T>(elements: readonly T[]): T {
  const first: unknown = elements[0];
  return (
    Array.isArray(first) && first.some((entry) => typeof entry === 'object')
      ? stackTuple(elements, first.length, 'element')
      : stackLeaves(elements, 'element')
  ) as T;
}

/** Is it a tuple of arrays? A nested array of plain numbers is one array; one that holds tensors, typed arrays or records is a tuple. */
export function isTuple(nest: unknown): nest is readonly unknown[] {
  let probe = nest;
  while (Array.isArray(probe)) probe = probe[0];
  return Array.isArray(nest) && typeof probe === 'object' && probe !== null;
}

function stackTuple(elements: readonly unknown[], length: number, path: string): unknown[] {
  return Array.from({ length }, (_, i) => stackLeaves(column(elements, i, path, length), `${path}[${i}]`));
}

function stackLeaves(elements: readonly unknown[], path: string): unknown {
  const first = elements[0];
  if (isTuple(first)) return stackTuple(elements, first.length, path);
  if (isTensorLike(first)) {
    try {
      return ops.stack(elements as readonly TensorLike[], 0);
    } catch (error) {
      if (!(error instanceof IbexError)) throw error;
      throw new ValueError(
        `The elements of a batch must have equal shapes and dtypes, but at ${path}: ${error.message}`,
      );
    }
  }
  if (typeof first === 'object' && first !== null) {
    const entries = Object.keys(first).map((key) => [
      key,
      stackLeaves(column(elements, key, path), `${path}.${key}`),
    ]);
    return Object.fromEntries(entries);
  }
  throw new ValueError(
    `A batch is made of tensors, numbers and arrays, but ${path} is ${first === null ? 'null' : typeof first}.`,
  );
}

function column(
  elements: readonly unknown[],
  key: string | number,
  path: string,
  length?: number,
): unknown[] {
  return elements.map((element, i) => {
    const fits = typeof element === 'object' && element !== null && key in element;
    const sameLength = length === undefined || (Array.isArray(element) && element.length === length);
    if (!fits || !sameLength) {
      throw new ValueError(
        `The elements of a batch must be nested alike, but at ${path} element ${i} differs from the first.`,
      );
    }
    return (element as Record<string | number, unknown>)[key];
  });
}
