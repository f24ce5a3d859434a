// Data and weights that every peer makes alike: numbers of a hash of their position. peers/common.py has the same functions.
import { type Tensor, tensor, type Variable } from 'ibex';

/** Uniform in [0, 1), from a position and a stream's number. */
function hashed(index: number, stream: number): number {
  let bits = (Math.imul(index, 0x9e3779b1) + Math.imul(stream, 0x85ebca6b)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b) >>> 0;
  return ((bits ^ (bits >>> 16)) >>> 8) / 2 ** 24;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** float32 numbers in [low, high). */
export function uniform(shape: readonly number[], stream: number, low = 0, high = 1): Tensor {
  const values = Float32Array.from(
    { length: sizeOf(shape) },
    (_, index) => low + (high - low) * hashed(index, stream),
  );
  return tensor(values, { shape });
}

/** int32 numbers in [0, limit). */
export function integers(shape: readonly number[], stream: number, limit: number): Tensor {
  const values = Int32Array.from({ length: sizeOf(shape) }, (_, index) =>
    Math.floor(hashed(index, stream) * limit),
  );
  return tensor(values, { shape });
}

/** Gives matrices and kernels Glorot's uniform distribution and other weights zeros, in the order of the variables. */
export function setWeights(variables: readonly Variable[]): void {
  variables.forEach((variable, stream) => {
    const { shape } = variable;
    if (shape.length < 2) {
      variable.assign(tensor(new Float32Array(sizeOf(shape)), { shape }));
      return;
    }
    const receptive = sizeOf(shape.slice(0, -2));
    const limit = Math.sqrt(6 / (receptive * (shape.at(-2)! + shape.at(-1)!)));
    variable.assign(uniform(shape, 100 + stream, -limit, limit));
  });
}
