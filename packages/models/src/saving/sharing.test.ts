import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dense, Input, initializers, TimeDistributed } from '@ibex/layers';
import { type KerasTensor, ops, type Tensor } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModel, Model } from '../index.js';
import { decodeArchive } from './archive.js';

let path: string;
let model: Model;
beforeAll(async () => {
  path = join(mkdtempSync(join(tmpdir(), 'ibex-sharing-')), 'model.keras');
  const initializer = new initializers.RandomUniform({ minval: -1, maxval: 1, seed: 5 });
  const shared = new Dense(3, { kernelInitializer: initializer, name: 'shared' });
  const input = Input([4, 3]) as KerasTensor;
  const each = new TimeDistributed(shared, { name: 'each' })(input) as KerasTensor;
  const other = new Dense(2, { kernelInitializer: initializer, name: 'other' });
  model = new Model(input, other(shared(each) as KerasTensor) as KerasTensor);
  await model.save(path);
});
afterAll(() => rmSync(join(path, '..'), { recursive: true, force: true }));

it('a layer in two places is one layer when the model is loaded, with its weights once', async () => {
  const loaded = await loadModel(path);
  const each = loaded.getLayer('each') as TimeDistributed;
  expect(each.layer).toBe(loaded.getLayer('shared'));
  expect(loaded.countParams()).toBe(3 * 3 + 3 + 3 * 2 + 2);
  const x = ops.reshape(ops.arange(24, { dtype: 'float32' }), [2, 4, 3]);
  const predictions = (await loaded.predict(x, { verbose: 0 })) as Tensor;
  expectClose(predictions, (await model.predict(x, { verbose: 0 })) as Tensor);
});

it('what stands in one place bears no mark, and other objects have other marks', async () => {
  const { config } = await decodeArchive(readFileSync(path), path);
  const marks = new Map<number, Set<unknown>>();
  const walk = (json: unknown): void => {
    if (typeof json !== 'object' || json === null) return;
    const { shared_object_id: mark, class_name: name } = json as {
      shared_object_id?: number;
      class_name?: unknown;
    };
    if (mark !== undefined) marks.set(mark, (marks.get(mark) ?? new Set()).add(name));
    Object.values(json).forEach(walk);
  };
  walk(config);
  const classes = [...marks.values()].map((names) => [...names]);
  expect(classes).toContainEqual(['Dense']);
  expect(classes).toContainEqual(['RandomUniform']);
  expect(classes.every((names) => names.length === 1)).toBe(true);
});

it('initializers that a file marks as one are one', async () => {
  const loaded = await loadModel(path);
  const initializerOf = (name: string): unknown =>
    (loaded.getLayer(name) as Dense).getConfig()['kernelInitializer'];
  expect(initializerOf('other')).toBe(initializerOf('shared'));
});
