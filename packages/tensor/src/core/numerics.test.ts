import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import {
  compile,
  enableOpDeterminism,
  type Float32MatmulPrecision,
  getFloat32MatmulPrecision,
  isOpDeterminismEnabled,
  ops,
  setFloat32MatmulPrecision,
  type Tensor,
} from '../index.js';

const dumps = mkdtempSync(join(tmpdir(), 'ibex-numerics-'));

afterEach(() => {
  setFloat32MatmulPrecision('highest');
  enableOpDeterminism(false);
  vi.unstubAllEnvs();
  rmSync(dumps, { recursive: true, force: true });
});

/** The settings that the programs made by `work` have, in their text. */
function settingsOf(work: () => void): string[][] {
  vi.stubEnv('IBEX_DUMP', dumps);
  work();
  const texts = readdirSync(dumps).map((file) => readFileSync(join(dumps, file), 'utf8'));
  rmSync(dumps, { recursive: true });
  return texts.map((text) => [...new Set(text.match(/^numerics \w+/gm) ?? [])]);
}

test('a change of how products are computed makes a new program, and going back finds the old one', () => {
  const product = compile((x: Tensor) => ops.matmul(x, x));
  const x = ops.ones([3, 3]);
  const run = (): void => void product(x).arraySync();
  run();
  setFloat32MatmulPrecision('high');
  expect(settingsOf(run)).toEqual([['numerics roundFloat32']]);
  enableOpDeterminism();
  expect(settingsOf(run)).toEqual([['numerics roundFloat32', 'numerics deterministic']]);
  setFloat32MatmulPrecision('highest');
  expect(settingsOf(run)).toEqual([['numerics deterministic']]);
  enableOpDeterminism(false);
  run();
  expect(product.traceCount).toBe(4);
});

test('they hold for calls outside of compiled functions too', () => {
  const product = (): void => void ops.matmul(ops.full([5, 7], 2), ops.full([7, 3], 2)).arraySync();
  expect(settingsOf(product)).toEqual([[]]);
  setFloat32MatmulPrecision('high');
  expect(settingsOf(product)).toEqual([['numerics roundFloat32']]);
});

test('they can be asked for, and another precision is refused', () => {
  expect(getFloat32MatmulPrecision()).toBe('highest');
  expect(isOpDeterminismEnabled()).toBe(false);
  setFloat32MatmulPrecision('high');
  enableOpDeterminism();
  expect(getFloat32MatmulPrecision()).toBe('high');
  expect(isOpDeterminismEnabled()).toBe(true);
  expect(() => setFloat32MatmulPrecision('tf32' as Float32MatmulPrecision)).toThrow(
    /'highest' or 'high', got "tf32"/,
  );
});
