// The packages as they are packed: what is in them, that tools for packages find no fault, that each can be installed
// alone, and that a user's program runs and compiles on them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closure, manifests, root, run, tool, Workshop } from './workshop.js';

const workshop = new Workshop();
beforeAll(() => workshop.pack(), 600_000);
afterAll(() => workshop.close());

/** What a user would write first: a model that learns, is saved, and predicts. */
const PROGRAM = `
import * as ibex from 'ibex';

const { Dense } = ibex.layers;
ibex.setRandomSeed(1);
const model = new ibex.Sequential([new Dense(8, { activation: 'relu' }), new Dense(1)]);
model.compile({ optimizer: new ibex.optimizers.Adam(0.05), loss: 'mse' });
const x = Array.from({ length: 64 }, (_, i) => [i / 64, 1 - i / 64]);
const y = x.map(([a = 0, b = 0]) => [2 * a - b]);
const history = await model.fit(x, y, { epochs: 40, batchSize: 16, verbose: 0 });
const losses: number[] = history.history['loss'] ?? [];
await model.save('model.keras');
const loaded = await ibex.loadModel('model.keras');
const read = async (prediction: unknown): Promise<unknown> => await (prediction as ibex.Tensor).array();
const before = await read(await model.predict(x, { verbose: 0 }));
const after = await read(await loaded.predict(x, { verbose: 0 }));
console.log(JSON.stringify({ first: losses[0], last: losses.at(-1), same: JSON.stringify(before) === JSON.stringify(after) }));
`;

describe.each(manifests.map(({ name }) => name))('%s', (name) => {
  it('holds its code, declarations and licence, and no tests', () => {
    const files = workshop.contents(name);
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']),
    );
    expect(files.filter((file) => /\.test\.|tsbuildinfo|tsconfig|\.node-|\/build\//.test(file))).toEqual([]);
  });

  it('has no fault that publint finds', () => {
    tool('publint/src/cli.js', 'run', workshop.tarball(name), '--strict');
  });

  it('has types that resolve', () => {
    tool('@arethetypeswrong/cli/dist/index.js', workshop.tarball(name), '--profile', 'esm-only');
  });

  it('can be installed alone, and pulls only what is below it', () => {
    const folder = workshop.install(name);
    const scope = join(folder, 'node_modules', '@ibex');
    const installed = existsSync(scope) ? readdirSync(scope).map((each) => `@ibex/${each}`) : [];
    if (existsSync(join(folder, 'node_modules', 'ibex'))) installed.push('ibex');
    expect(installed.sort()).toEqual(closure(name));
    run(process.execPath, ['--input-type=module', '--eval', `await import('${name}')`], folder);
  });
});

describe("a user's program", () => {
  let folder = '';
  beforeAll(() => {
    folder = workshop.install('ibex');
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src', 'program.ts'), PROGRAM);
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      outDir: 'out',
      rootDir: 'src',
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  });

  it('compiles against the declarations, which are checked too', () => {
    tool('typescript/bin/tsc', '-p', folder, '--skipLibCheck', 'false', '--pretty', 'false');
  });

  it('learns, saves, loads and predicts the same, on the packed addon', () => {
    const { first, last, same } = JSON.parse(run(process.execPath, ['out/program.js'], folder)) as {
      first: number;
      last: number;
      same: boolean;
    };
    expect(last).toBeLessThan(first / 10);
    expect(same).toBe(true);
  });

  it('uses the addon of the package, with the libraries beside it', () => {
    const prebuilds = join(
      folder,
      'node_modules',
      '@ibex',
      'native',
      'prebuilds',
      `${process.platform}-${process.arch}`,
    );
    expect(readdirSync(prebuilds)).toContain('ibex.node');
    const maps = run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { tensor } from '@ibex/tensor'; import { readFileSync } from 'node:fs';
         tensor([1]).add(1).dataSync(); console.log(readFileSync('/proc/self/maps', 'utf8'))`,
      ],
      folder,
    );
    const loaded = [
      ...new Set([...maps.matchAll(/\S*\/(?:ibex\.node|libdnnl\S*|libgomp\S*)/g)].map(([path]) => path)),
    ];
    expect(loaded.length).toBeGreaterThan(0);
    expect(loaded.filter((path) => !path.startsWith(prebuilds))).toEqual([]);
  });
});

describe('the repository', () => {
  it('has a lockfile that names no hosts', () => {
    expect(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:|tarball:/);
  });
});
