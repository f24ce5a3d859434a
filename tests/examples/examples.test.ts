import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples');
let folder: string;

beforeAll(async () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [join(root, 'scripts', 'build-ts.mjs')]);
  await run(process.execPath, [tsc, '-p', examples]);
  folder = await mkdtemp(join(tmpdir(), 'ibex-examples-'));
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs an example on little data; what it printed. */
async function runExample(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(examples, 'dist', name, 'main.js'), ...args], {
    cwd: folder,
  });
  return stdout;
}

function numberAfter(text: string, label: string): number {
  const found = text.slice(text.indexOf(label) + label.length).match(/-?[\d.]+(e-?\d+)?/);
  expect(text).toContain(label);
  return Number(found?.[0]);
}

describe('every example runs', () => {
  test('mnist-cnn learns, draws its curves, and predicts the same when it is loaded', async () => {
    const output = await runExample('mnist-cnn', '--epochs', '2', '--limit', '1500');
    expect(numberAfter(output, 'Test accuracy: ')).toBeGreaterThan(70);
    expect(numberAfter(output, 'saved and the loaded model: ')).toBeLessThan(1e-6);
    const drawn = await readFile(join(folder, 'out', 'mnist-cnn', 'curves.svg'), 'utf8');
    expect(drawn).toContain('<svg');
    expect(drawn).toContain('accuracy');
    expect(existsSync(join(folder, 'out', 'mnist-cnn', 'model.keras'))).toBe(true);
  }, 300_000);

  test('mnist-mlp stops early or not, and reads digits', async () => {
    const output = await runExample('mnist-mlp', '--epochs', '4', '--limit', '1500');
    expect(numberAfter(output, 'test accuracy: ')).toBeGreaterThan(70);
  }, 300_000);

  test('text-classification learns what spam is', async () => {
    const output = await runExample(
      'text-classification',
      '--epochs',
      '2',
      '--limit',
      '500',
      '--words',
      '60',
    );
    expect(output).toContain('(Bidirectional)');
    expect(output).toMatch(/\d+% spam: Congratulations!/);
  }, 300_000);

  test('time-series forecasts', async () => {
    const output = await runExample('time-series', '--epochs', '1', '--length', '500');
    expect(numberAfter(output, 'Mean squared error: ')).toBeLessThan(1);
  }, 300_000);

  test('functional-multi-input-output trains three outputs', async () => {
    const output = await runExample('functional-multi-input-output', '--epochs', '1', '--limit', '600');
    for (const name of [
      'first_accuracy',
      'second_accuracy',
      'sum_mae',
      'first_loss',
      'second_loss',
      'sum_loss',
    ]) {
      expect(Number.isFinite(numberAfter(output, `${name}: `))).toBe(true);
    }
  }, 300_000);

  test('custom-layer-and-train-step takes noise away', async () => {
    const output = await runExample('custom-layer-and-train-step', '--epochs', '3', '--limit', '1500');
    expect(numberAfter(output, 'with noise, ')).toBeLessThan(numberAfter(output, 'Of test pictures: '));
  }, 300_000);

  test('train-and-serve answers while it trains', async () => {
    const main = join(examples, 'dist', 'train-and-serve', 'main.js');
    const args = [main, '--epochs', '6', '--limit', '2000', '--port', '0'];
    const child = execFile(process.execPath, args, { cwd: folder });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const address = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (text: string) => {
        const found = /Listening at (\S+)/.exec(text);
        if (found) resolve(found[1]!);
      });
      child.once('exit', () => reject(new Error('The server ended before it listened.')));
    });
    const ask = (pixels: number[]): Promise<Response> =>
      fetch(`${address}/predict`, {
        method: 'POST',
        body: JSON.stringify({ pixels }),
        headers: { 'content-type': 'application/json' },
      });
    let answered = 0;
    for (let training = true; training; ) {
      ({ training } = (await (await fetch(`${address}/status`)).json()) as { training: boolean });
      const { scores } = (await (await ask(new Array(784).fill(0.5))).json()) as { scores: number[] };
      expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 4);
      if (training) answered++;
    }
    expect(answered).toBeGreaterThan(0);
    expect((await ask([1])).status).toBe(400);
    child.kill();
    await ended;
  }, 300_000);

  test('there is a test for each', async () => {
    const names = (await readdir(examples, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && existsSync(join(examples, entry.name, 'main.ts')))
      .map(({ name }) => name);
    const source = await readFile(fileURLToPath(import.meta.url), 'utf8');
    for (const name of names) expect(source).toContain(`'${name}'`);
  });
});
