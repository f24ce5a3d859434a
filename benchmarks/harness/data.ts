import { type Tensor, tensor, type Variable } from 'ibex';
import { integerNumbers, uniformNumbers, weightNumbers } from './numbers.js';

/** float32 numbers in [low, high). */
export function uniform(shape: readonly number[], stream: number, low = 0, high = 1): Tensor {
  return tensor(uniformNumbers(shape, stream, low, high), { shape });
}

/** int32 numbers in [0, limit). */
export function integers(shape: readonly number[], stream: number, limit: number): Tensor {
  return tensor(integerNumbers(shape, stream, limit), { shape });
}

/** Gives weights the values that all peers start from; they depend on the order. */
export function setWeights(variables: readonly Variable[]): void {
  variables.forEach((variable, stream) => {
    const { name, shape } = variable;
    variable.assign(tensor(weightNumbers(name, shape, stream), { shape }));
  });
}
