import type { Tensor, TensorLike } from '@ibex/tensor';
import { type ImageDataFormat, imageDataFormat, ops, ValueError } from '@ibex/tensor';

// What the constructors of several families take.

/** One number for all axes, or one for each. */
export type Extents = number | readonly number[];

/**
 * One number for each of `count` axes. Throws `ValueError` unless they are whole numbers of at least `least`, and as many.
 */
export function extentsOf(name: string, value: Extents, count: number, least = 1): number[] {
  const list = typeof value === 'number' ? new Array<number>(count).fill(value) : listOf(name, value);
  if (list.length !== count || list.some((extent) => !Number.isInteger(extent) || extent < least)) {
    throw new ValueError(
      `${name} must be a whole number of at least ${least}, or ${count} of them in an array, got ${JSON.stringify(value)}.`,
    );
  }
  return list;
}

/** A copy of an array. Throws `ValueError` for anything else. */
export function listOf<T>(name: string, value: readonly T[]): T[] {
  if (Array.isArray(value)) return [...(value as readonly T[])];
  throw new ValueError(`${name} must be an array, got ${value === null ? 'null' : typeof value}.`);
}

/** The given format, or the one that is set. Throws `ValueError` for what is none. */
export function dataFormatOf(format: ImageDataFormat | null | undefined): ImageDataFormat {
  const chosen = format ?? imageDataFormat();
  if (chosen === 'channels_last' || chosen === 'channels_first') return chosen;
  throw new ValueError(`dataFormat must be 'channels_last' or 'channels_first', got '${String(format)}'.`);
}

/** One of some words. Throws `ValueError` for another. */
export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new ValueError(
    `${name} must be ${allowed.map((word) => `'${word}'`).join(' or ')}, got '${String(value)}'.`,
  );
}

/** A probability. Throws `ValueError` outside of `[0, 1]`. */
export function rateOf(name: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new ValueError(`${name} must be a number from 0 to 1, got ${String(value)}.`);
}

/** `x` with a bias for each channel added. */
export function addChannelBias(x: Tensor, bias: TensorLike, format: ImageDataFormat): Tensor {
  if (format === 'channels_last') return ops.add(x, bias);
  return ops.add(x, ops.reshape(bias, [1, -1, ...x.shape.slice(2).map(() => 1)]));
}
