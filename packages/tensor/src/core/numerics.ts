import { ValueError } from './errors.js';

/** `'highest'`: float32 is multiplied as it is. `'high'`: operands may be rounded to TF32, for speed. */
export type Float32MatmulPrecision = 'highest' | 'high';

let precision: Float32MatmulPrecision = process.env['IBEX_CUDA_TF32'] === '1' ? 'high' : 'highest';
let deterministic = process.env['IBEX_DETERMINISTIC'] === '1';

/**
 * What matrix products and convolutions of float32 may do with their operands: `'high'` lets a GPU's tensor cores round them
 * to TF32 (10 bits of mantissa), which is several times faster; sums stay float32. Default `'highest'`, or `'high'` with
 * `IBEX_CUDA_TF32=1`. A CPU computes in float32 either way. It holds for calls that come after it. After
 * `torch.set_float32_matmul_precision`.
 * Throws `ValueError` for another name.
 */
export function setFloat32MatmulPrecision(value: Float32MatmulPrecision): void {
  if (value !== 'highest' && value !== 'high') {
    throw new ValueError(
      `The precision of float32 products is 'highest' or 'high', got ${JSON.stringify(value)}.`,
    );
  }
  precision = value;
}

export function getFloat32MatmulPrecision(): Float32MatmulPrecision {
  return precision;
}

/**
 * Makes runs repeatable bit by bit, in this process and in others: nothing is chosen by how fast it turned out to be. Without
 * it, the ways in which a GPU's libraries multiply and convolve are chosen by measurement when a program is made, and differ
 * in their last digits. The GPU and the versions of NVIDIA's libraries must be the same; on a CPU the processor and the number
 * of threads, and there it holds without this too. Random numbers are repeated by `setRandomSeed`. Also set by
 * `IBEX_DETERMINISTIC=1`; it holds for calls that come after it. After `tf.config.experimental.enable_op_determinism`.
 * @param on - default true
 */
export function enableOpDeterminism(on = true): void {
  deterministic = on;
}

export function isOpDeterminismEnabled(): boolean {
  return deterministic;
}

const ROUND_FLOAT32 = 1;
const DETERMINISTIC = 2;

/** These settings as a program has them. */
export function numericsBits(): number {
  return (precision === 'high' ? ROUND_FLOAT32 : 0) | (deterministic ? DETERMINISTIC : 0);
}
