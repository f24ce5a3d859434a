import { IbexError, isTensorLike, ops, type TensorLike, ValueError } from '@ibex/tensor';

/**
 * Stacks equally nested elements leaf by leaf along a new first axis; numbers, nested arrays and typed arrays become
 * tensors. Throws `ValueError`, naming the leaf, where the elements are nested differently or their shapes differ.
 */
export function stackElements<T>(elements: readonly T[]): T {
  return stackLeaves(elements, 'element') as T;
}

function stackLeaves(elements: readonly unknown[], path: string): unknown {
  const first = elements[0];
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
  if (Array.isArray(first)) {
    return first.map((_, i) => stackLeaves(column(elements, i, path, first.length), `${path}[${i}]`));
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
