// Numbers that every peer makes alike: a hash of their position. peers/common.py has the same functions; peers/js uses these.

/** Uniform in [0, 1), from a position and a stream's number. */
function hashed(index: number, stream: number): number {
  let bits = (Math.imul(index, 0x9e3779b1) + Math.imul(stream, 0x85ebca6b)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b) >>> 0;
  return ((bits ^ (bits >>> 16)) >>> 8) / 2 ** 24;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** float32 numbers in [low, high). */
export function uniformNumbers(
  shape: readonly number[],
  stream: number,
  low = 0,
  high = 1,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++)
    values[index] = low + (high - low) * hashed(index, stream);
  return values;
}

/** int32 numbers in [0, limit). */
export function integerNumbers(
  shape: readonly number[],
  stream: number,
  limit: number,
): Int32Array<ArrayBuffer> {
  const values = new Int32Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++)
    values[index] = Math.floor(hashed(index, stream) * limit);
  return values;
}

/**
 * The first value of the weight at a place in a model's list of weights, which its name in Keras says what to make of:
 * matrices and kernels have Glorot's uniform distribution, scales of normalizations are ones, others zeros.
 */
export function weightNumbers(
  name: string,
  shape: readonly number[],
  stream: number,
): Float32Array<ArrayBuffer> {
  if (name === 'gamma') return new Float32Array(sizeOf(shape)).fill(1);
  if (name === 'beta' || name === 'bias') return new Float32Array(sizeOf(shape));
  const receptive = sizeOf(shape.slice(0, -2));
  const limit = Math.sqrt(6 / (receptive * (shape.at(-2)! + shape.at(-1)!)));
  return uniformNumbers(shape, 100 + stream, -limit, limit);
}
