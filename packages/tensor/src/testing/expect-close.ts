import { toTensor } from '../core/apply.js';
import { toJsNumber } from '../core/host.js';
import { formatShape, sameShape } from '../core/shape.js';
import { Tensor, type TensorLike } from '../core/tensor.js';

export interface Tolerance {
  /** Relative to the expected value. Default 1e-5. */
  readonly rtol?: number;
  /** Default 1e-6. */
  readonly atol?: number;
}

function numbersOf(value: Tensor): number[] {
  return Array.from(value.dataSync() as ArrayLike<number | bigint>, (entry) =>
    Number(toJsNumber(entry, value.dtype)),
  );
}

/**
 * Throws unless both have the same shape and `|actual - expected| <= atol + rtol * |expected|` everywhere; NaN equals NaN.
 * The message tells the shapes and the worst entry.
 */
export function expectClose(
  actual: TensorLike,
  expected: TensorLike,
  { rtol = 1e-5, atol = 1e-6 }: Tolerance = {},
): void {
  const [a, b] = [toTensor(actual), expected instanceof Tensor ? expected : toTensor(expected, 'float64')];
  if (!sameShape(a.shape, b.shape)) {
    throw new Error(`expected shape ${formatShape(b.shape)}, got ${formatShape(a.shape)}`);
  }
  const [given, wanted] = [numbersOf(a), numbersOf(b)];
  let worst = -1;
  let worstExcess = 0;
  let count = 0;
  given.forEach((value, i) => {
    const target = wanted[i]!;
    if (Object.is(value, target) || value === target) return;
    const excess = Math.abs(value - target) - (atol + rtol * Math.abs(target));
    if (excess <= 0) return;
    count++;
    if (worst < 0 || !(excess <= worstExcess)) {
      worst = i;
      worstExcess = excess;
    }
  });
  if (worst < 0) return;
  throw new Error(
    `${count} of ${given.length} values differ (shape ${formatShape(a.shape)}); the worst is at ${worst}: ` +
      `${given[worst]} instead of ${wanted[worst]} (rtol ${rtol}, atol ${atol})`,
  );
}
