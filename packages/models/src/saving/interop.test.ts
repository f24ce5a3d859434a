import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensor } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, type Model } from '../index.js';
import { decodeArchive } from './archive.js';

/** What Keras 3.15 predicted with the models of the `.keras` files beside, which it wrote (compressed afterwards). */
type Numbers = readonly (number | Numbers)[];
type Nest = Numbers | Readonly<Record<string, Numbers>>;
interface Expected {
  readonly x: Nest;
  readonly y: Nest;
  readonly params: number;
  readonly summary: string;
}

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<
  string,
  Expected
> & {
  readonly adamw: Expected & {
    readonly data: readonly [Numbers, Numbers];
    readonly continued: readonly number[];
  };
  readonly cnn: Expected & {
    readonly iterations: number;
    readonly optimizer: readonly (readonly number[])[];
  };
};
const fixture = (name: string): string => join(fixtures, name);
const feedOf = (name: string): never => {
  const { x } = expected[name]!;
  const dtype = name === 'bilstm' ? 'int32' : 'float32';
  const convert = (values: unknown): unknown => tensor(values as Numbers as never, { dtype });
  return (
    Array.isArray(x)
      ? convert(x)
      : Object.fromEntries(Object.entries(x).map(([key, values]) => [key, convert(values)]))
  ) as never;
};

async function expectPredictions(model: Model, name: string): Promise<void> {
  const found = await model.predict<never>(feedOf(name), { verbose: 0 });
  const { y } = expected[name]!;
  if (Array.isArray(y)) expectClose(found, y as never, { rtol: 1e-5, atol: 1e-6 });
  else {
    for (const [key, values] of Object.entries(y))
      expectClose((found as Record<string, never>)[key]!, values as never, { rtol: 1e-5, atol: 1e-6 });
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-interop-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['cnn', 'bilstm', 'gru', 'attention', 'multi', 'adamw', 'functions'])(
  'the model %s that Keras saved',
  (name) => {
    it('predicts what Keras predicted', async () => {
      const model = await loadModel(fixture(`${name}.keras`));
      expect(model.countParams()).toBe(expected[name]!.params);
      await expectPredictions(model, name);
    });

    it('predicts the same when saved here and loaded again', async () => {
      const model = await loadModel(fixture(`${name}.keras`));
      const path = join(folder, `${name}.keras`);
      await model.save(path);
      const again = await loadModel(path);
      await expectPredictions(again, name);
      expect(again.optimizer?.iterations.item()).toBe(model.optimizer?.iterations.item());
    });

    it('has the summary that Keras prints', async () => {
      const model = await loadModel(fixture(`${name}.keras`));
      const lines: string[] = [];
      model.summary({ lineLength: 80, printFn: (line: string) => lines.push(line) });
      const text = (all: string): string => all.replace(/[ \n]+$/gm, '').trim();
      expect(text(lines.join('\n'))).toBe(text(expected[name]!.summary));
    });
  },
);

it('functions are saved as the classes that Keras has for them, with their configurations', async () => {
  interface Json {
    readonly config: {
      readonly layers: readonly Record<'name' | 'module' | 'class_name' | 'config', unknown>[];
    };
  }
  const path = join(folder, 'again.keras');
  await (await loadModel(fixture('functions.keras'))).save(path);
  const functionsOf = async (file: string): Promise<Map<unknown, object>> => {
    const { config } = await decodeArchive(readFileSync(file), file);
    const entries = (config as Json).config.layers.map(
      ({ name, module, class_name, config }) => [name, { module, class_name, config }] as const,
    );
    return new Map(entries.filter(([, { module }]) => String(module).startsWith('keras.src.ops.')));
  };
  const after = await functionsOf(path);
  const before = await functionsOf(fixture('functions.keras'));
  expect(before.size).toBeGreaterThan(40);
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  // Keras also writes what is so by default.
  for (const [name, json] of after) expect(before.get(name)).toMatchObject(json);
});

describe('state of training', () => {
  it('holds the optimizer as Keras left it', async () => {
    const model = await loadModel(fixture('cnn.keras'));
    const { iterations, optimizer } = expected.cnn;
    expect(Number(model.optimizer!.iterations.item())).toBe(iterations);
    expect(model.optimizer!.variables.length).toBe(optimizer.length);
    for (const [i, values] of optimizer.entries()) {
      const found = [...(await model.optimizer!.variables[i]!.data())].slice(0, 4).map(Number);
      expectClose(found, [...values], { rtol: 1e-5, atol: 1e-9 });
    }
  });

  it('goes on with training as Keras does', async () => {
    const model = await loadModel(fixture('adamw.keras'));
    const [x, y] = expected.adamw.data;
    const { history } = await model.fit(x as never, y as never, {
      epochs: 2,
      batchSize: 4,
      shuffle: false,
      verbose: 0,
    });
    expectClose([...history['loss']!], [...expected.adamw.continued], { rtol: 1e-4 });
  });

  it('loads weights that Keras wrote alone', async () => {
    const model = await loadModel(fixture('cnn.keras'), { compile: false });
    model.setWeights(model.weights.map((variable) => variable.value.mul(0)));
    await model.loadWeights(fixture('cnn.weights.h5'));
    await expectPredictions(model, 'cnn');
  });
});
