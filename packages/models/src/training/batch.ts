import { Tensor, type TensorLike, ValueError } from '@ibex/tensor';

/** Inputs or targets as a model takes them: one array-like, or an array or record of them. */
export type Data = TensorLike | readonly TensorLike[] | { readonly [name: string]: TensorLike };

/** One batch: `x`, and where given `y` and `sampleWeight`. */
export interface Batch {
  readonly x: unknown;
  readonly y?: unknown;
  readonly sampleWeight?: unknown;
}

/** A batch with tensors that nobody else has: they can be given up once a compiled step was given the batch. */
export interface StagedBatch extends Batch {
  readonly own?: readonly Tensor[];
}

export function giveUp({ own }: StagedBatch): void {
  for (const tensor of own ?? []) tensor.dispose();
}

/**
 * Reads what a data set yields: `x`, `[x, y]` or `[x, y, sampleWeight]`; a tuple is an array of two or three.
 * Throws `ValueError` for longer ones.
 */
export function unpackBatch(element: unknown): Batch {
  if (!Array.isArray(element)) {
    if (typeof element === 'object' && element !== null && !(element instanceof Tensor) && 'x' in element) {
      return element as Batch;
    }
    return { x: element };
  }
  const [x, y, sampleWeight] = element;
  if (element.length === 0 || element.length > 3) {
    throw new ValueError(`A batch is x, [x, y] or [x, y, sampleWeight]; got an array of ${element.length}.`);
  }
  return { x, ...(element.length > 1 ? { y } : {}), ...(element.length > 2 ? { sampleWeight } : {}) };
}
