import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tests = join(root, 'tests');

beforeAll(async () => {
  await run(process.execPath, [join(root, 'scripts', 'build-ts.mjs')]);
}, 300_000);

/** Runs a program in a process of its own, which must end by itself and well; what it printed. */
async function runProgram(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
    cwd: tests,
    timeout: 110_000,
  });
  return stdout.trim();
}

describe('a process', () => {
  test('ends cleanly with work still queued', async () => {
    const output = await runProgram(`
      import { ops } from 'ibex';
      let x = ops.ones([512, 512]);
      for (let i = 0; i < 200; i++) x = ops.matmul(x, x).mul(1e-3).realize();
      console.log('queued');
      process.exit(0);`);
    expect(output).toBe('queued');
  });

  test('ends by itself while nothing is awaited, and waits for what is', async () => {
    expect(
      await runProgram(`
        import { ops } from 'ibex';
        ops.ones([64, 64]).add(1).realize();
        ops.full([3], 2).add(1).data().then((values) => console.log([...values].join()));`),
    ).toBe('3,3,3');
  });

  test.runIf(process.platform === 'linux')('has one set of threads, for the library too', async () => {
    const output = await runProgram(`
      import { readdirSync } from 'node:fs';
      import { ops, setNumThreads, tensor } from 'ibex';
      const threads = () => readdirSync('/proc/self/task').length;
      setNumThreads(3);
      const x = tensor(new Float32Array(1024 * 1024), { shape: [1024, 1024] });
      await ops.exp(x).data();
      const before = threads();
      await ops.matmul(x, x).data();
      console.log(threads() - before);`);
    expect(output).toBe('0');
  });

  test('keeps the arguments of a prepared call, whoever else lets go of them', async () => {
    const output = await runProgram(`
      import { setTimeout } from 'node:timers/promises';
      import { compile, ops } from 'ibex';
      const call = compile((x, y) => x.add(y)).prepare(ops.full([1000], 1), ops.full([1000], 2));
      call.run()[0].dispose();
      for (let i = 0; i < 3; i++) {
        globalThis.gc();
        await setTimeout(1);
      }
      console.log((await call.run()[0].data())[0]);`);
    expect(output).toBe('3');
  });

  test('computes in worker threads beside the main one', async () => {
    const output = await runProgram(`
      import { Worker } from 'node:worker_threads';
      import { ops } from 'ibex';
      const code = \`
        import('ibex').then(async ({ ops }) => {
          const { parentPort, workerData } = await import('node:worker_threads');
          let x = ops.full([8, 8], workerData);
          for (let i = 0; i < 50; i++) x = x.add(1);
          parentPort.postMessage((await x.sum().data())[0]);
        });\`;
      const results = await Promise.all([1, 2, 3].map((n) => new Promise((resolve, reject) => {
        const worker = new Worker(code, { eval: true, workerData: n });
        worker.once('message', resolve);
        worker.once('error', reject);
      })));
      const own = ops.ones([4]).sum().item();
      console.log(results.join(), own);`);
    expect(output).toBe(`${[1, 2, 3].map((n) => 64 * (n + 50)).join()} 4`);
  });

  test('keeps its event loop free while a model is trained', async () => {
    const output = await runProgram(`
      import { Input, layers, ops, random, Sequential } from 'ibex';
      const model = new Sequential([Input({ shape: [256] }), new layers.Dense(1024, { activation: 'relu' }), new layers.Dense(1)]);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      const x = random.normal([2048, 256]);
      await model.fit(x, ops.zeros([2048, 1]), { epochs: 1, verbose: 0 });
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      await model.fit(x, ops.zeros([2048, 1]), { epochs: 5, verbose: 0 });
      clearInterval(timer);
      console.log(ticks);`);
    expect(Number(output)).toBeGreaterThan(20);
  });

  test('has an error, and goes on, where memory does not suffice', async () => {
    const output = await runProgram(`
      import { memory, ops, setMemoryLimit } from 'ibex';
      const kept = ops.ones([1024]).realize();
      await kept.data();
      setMemoryLimit(memory().peakBytes + (8 << 20));
      const large = ops.ones([64 << 20]).add(ops.arange(64 << 20, { dtype: 'float32' }));
      const error = await large.data().catch((reason) => reason);
      setMemoryLimit(0);
      console.log(error.name, error.code, /largest/i.test(error.message), kept.sum().item());`);
    expect(output).toBe('OutOfMemoryError IBEX_OUT_OF_MEMORY true 1024');
  });

  test('names the layer in which an index is out of range, and can go on with the model', async () => {
    const output = await runProgram(`
      import { Input, layers, Sequential, tensor } from 'ibex';
      const model = new Sequential([Input({ shape: [3], dtype: 'int32' }), new layers.Embedding(10, 4, { name: 'words' })]);
      const bad = await model.predict(tensor([[1, 2, 10]], { dtype: 'int32' }), { verbose: 0 }).catch((reason) => reason);
      const good = await model.predict(tensor([[1, 2, 9]], { dtype: 'int32' }), { verbose: 0 });
      console.log(bad.code, bad.scope.endsWith('words'), good.shape.join());`);
    expect(output).toBe('IBEX_INDEX_OUT_OF_RANGE true 1,3,4');
  });
});
