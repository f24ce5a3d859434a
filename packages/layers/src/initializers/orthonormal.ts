/**
 * Makes `count` vectors of `length`, which lie one after the other in `values`, orthonormal: Gram-Schmidt's process in
 * double precision, each vector against those before it. It stops at vectors that depend on others only by rounding,
 * which random ones do not.
 */
export function orthonormalColumns(
  values: ArrayLike<number | bigint>,
  count: number,
  length: number,
): Float32Array {
  const vectors = Float64Array.from({ length: count * length }, (_, i) => Number(values[i]));
  for (let i = 0; i < count; i++) {
    const own = vectors.subarray(i * length, (i + 1) * length);
    for (let j = 0; j < i; j++) {
      const other = vectors.subarray(j * length, (j + 1) * length);
      let dot = 0;
      for (let k = 0; k < length; k++) dot += own[k]! * other[k]!;
      for (let k = 0; k < length; k++) own[k]! -= dot * other[k]!;
    }
    const norm = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    for (let k = 0; k < length; k++) own[k]! /= norm;
  }
  return Float32Array.from(vectors);
}
