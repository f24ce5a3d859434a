/**
 * The numbers of units that feed into, and are fed by, a weight of `shape`: for kernels of convolutions, channels times
 * the window's size; or the products over the axes given.
 */
export function computeFans(
  shape: readonly number[],
  inputAxes: readonly number[] | null = null,
  outputAxes: readonly number[] | null = null,
): { fanIn: number; fanOut: number } {
  const extent = (axis: number): number => shape[axis < 0 ? axis + shape.length : axis] ?? 1;
  const product = (axes: readonly number[]): number => axes.reduce((size, axis) => size * extent(axis), 1);
  if (inputAxes !== null && outputAxes !== null)
    return { fanIn: product(inputAxes), fanOut: product(outputAxes) };
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  if (shape.length === 1) return { fanIn: extent(0), fanOut: extent(0) };
  const receptive = shape.slice(0, -2).reduce((size, n) => size * n, 1);
  return { fanIn: extent(-2) * receptive, fanOut: extent(-1) * receptive };
}
