import { Tensor, ValueError } from '@ibex/tensor';

/** A value for each output: in order, by name, or one for all. */
export type PerOutput<T> = T | readonly (T | null)[] | { readonly [name: string]: T | null };

/** The outputs of a model in order, with the names that losses and metrics are given by. */
export interface Outputs {
  readonly names: readonly string[];
  readonly tensors: readonly Tensor[];
}

/** Flattens what a model gave: one tensor, an array or a record of them; nested ones in depth-first order. */
export function flattenOutputs(prediction: unknown, outputNames: readonly string[] | undefined): Outputs {
  const tensors: Tensor[] = [];
  const paths: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value instanceof Tensor) {
      tensors.push(value);
      paths.push(path);
    } else if (Array.isArray(value)) {
      value.forEach((entry, i) => walk(entry, path === '' ? `output_${i + 1}` : `${path}_${i + 1}`));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, entry] of Object.entries(value)) walk(entry, path === '' ? key : `${path}_${key}`);
    } else {
      throw new ValueError(
        `A model must give tensors, or arrays and records of tensors; got ${value === null ? 'null' : typeof value}.`,
      );
    }
  };
  walk(prediction, '');
  const isRecord =
    typeof prediction === 'object' && !(prediction instanceof Tensor) && !Array.isArray(prediction);
  const names = !isRecord && outputNames?.length === tensors.length ? outputNames : paths;
  return { names, tensors };
}

/**
 * One value per output from what the user gave.
 * @param isSingle - tells a single value from an array or record of them
 * @param what - names the argument in errors ("loss", "metrics", "y")
 * Throws `ValueError` when counts differ or a name is unknown.
 */
export function perOutput<T>(
  given: PerOutput<T> | null | undefined,
  names: readonly string[],
  isSingle: (value: unknown) => value is T,
  what: string,
): (T | null)[] {
  if (given === null || given === undefined) return names.map(() => null);
  if (isSingle(given)) return names.map(() => given);
  if (Array.isArray(given)) {
    if (given.length !== names.length) {
      throw new ValueError(
        `${what}: the model has ${names.length} output(s) (${names.join(', ')}), but ${given.length} were given.`,
      );
    }
    return [...given];
  }
  const record = given as { readonly [name: string]: T | null };
  const unknown = Object.keys(record).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new ValueError(
      `${what}: there is no output named ${unknown.join(', ')}; the model's outputs are ${names.join(', ')}.`,
    );
  }
  return names.map((name) => record[name] ?? null);
}
