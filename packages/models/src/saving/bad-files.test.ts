import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dense, Input } from '@ibex/layers';
import type { KerasTensor } from '@ibex/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, Sequential } from '../index.js';

const whole = readFileSync(fileURLToPath(new URL('./fixtures/cnn.keras', import.meta.url)));
const weights = readFileSync(fileURLToPath(new URL('./fixtures/cnn.weights.h5', import.meta.url)));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-bad-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const small = (): Sequential => new Sequential([Input([3]) as KerasTensor, new Dense(2)]);

describe('files that are not models', () => {
  it.each([0, 1, 10, 100, whole.length >> 1, whole.length - 1])(
    'are refused when cut off at %i bytes',
    async (at) => {
      await expect(loadModel(write('cut.keras', whole.subarray(0, at)))).rejects.toMatchObject({
        code: 'IBEX_FILE_FORMAT',
      });
    },
  );

  it('are refused when foreign', async () => {
    await expect(loadModel(write('text.keras', 'no model'))).rejects.toMatchObject({
      code: 'IBEX_FILE_FORMAT',
    });
  });

  it.each([0, 7, 60, 1000, weights.length - 1])(
    'are refused as weights when cut off at %i bytes',
    async (at) => {
      const model = small();
      const before = await model.weights[0]!.data();
      const path = write('cut.weights.h5', weights.subarray(0, at));
      await expect(model.loadWeights(path)).rejects.toMatchObject({ code: 'IBEX_FILE_FORMAT' });
      expect(await model.weights[0]!.data()).toEqual(before);
    },
  );

  it('change nothing when their weights are those of another model', async () => {
    const model = small();
    const before = await model.weights[0]!.data();
    await expect(model.loadWeights(write('other.weights.h5', weights))).rejects.toMatchObject({
      code: 'IBEX_FILE_FORMAT',
      message: expect.stringContaining('do not fit the model'),
    });
    expect(await model.weights[0]!.data()).toEqual(before);
  });
});

describe('saving', () => {
  it('refuses other endings', async () => {
    await expect(small().save(join(folder, 'model.h5'))).rejects.toMatchObject({ code: 'IBEX_VALUE' });
    await expect(small().saveWeights(join(folder, 'model.h5'))).rejects.toMatchObject({ code: 'IBEX_VALUE' });
  });

  it('leaves nothing behind where it can not write', async () => {
    await expect(small().save(join(folder, 'missing', 'model.keras'))).rejects.toMatchObject({
      code: 'IBEX_FILE_ACCESS',
    });
    await expect(small().save('/dev/full/model.keras')).rejects.toThrow();
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuses a model that has no weights yet', async () => {
    const model = new Sequential([new Dense(2)]);
    await expect(model.save(join(folder, 'unbuilt.keras'))).rejects.toMatchObject({ code: 'IBEX_NOT_BUILT' });
  });
});
