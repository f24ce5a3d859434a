import { type Tensor, ValueError } from '@ibex/tensor';

/** How many samples the tensors of a job have: their common first extent. Throws `ValueError` where they differ, or are none. */
export function countSamples(
  parts: readonly { readonly name: string; readonly tensors: readonly Tensor[] }[],
): number {
  let first: { name: string; count: number } | undefined;
  for (const { name, tensors } of parts) {
    for (const tensor of tensors) {
      const count = tensor.shape[0];
      if (count === undefined) {
        throw new ValueError(
          `${name}: the first axis of training data counts the samples, but a scalar was given.`,
        );
      }
      if (first && first.count !== count) {
        throw new ValueError(
          `All data must have the same number of samples: ${first.name} has ${first.count}, but ${name} has ${count}.`,
        );
      }
      first ??= { name, count };
    }
  }
  if (!first) throw new ValueError('There is no data: pass x.');
  if (first.count === 0) throw new ValueError(`${first.name}: there are no samples (its first extent is 0).`);
  return first.count;
}

export function checkPositiveInteger(name: string, value: number, least = 1): number {
  if (!Number.isInteger(value) || value < least) {
    throw new ValueError(`${name} must be a whole number of at least ${least}, got ${value}.`);
  }
  return value;
}
