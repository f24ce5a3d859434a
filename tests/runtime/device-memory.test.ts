// The memory of GPUs, on a mock of NVIDIA's libraries (native/tests/mock_cuda).
import { beforeAll, describe, expect, test } from 'vitest';
import { buildAll, resultOf } from './mock-gpus.js';

beforeAll(buildAll, 1_000_000);

describe('memory of devices', () => {
  test('is limited by the environment, device by device; an error names the device and the largest variables', async () => {
    const program = `
      import { compile, memory, ops, setMemoryLimit, Variable, withDevice } from 'ibex';
      const weights = new Variable(() => ops.ones([500, 1000]), { shape: [500, 1000], name: 'weights' });
      compile(() => { weights.assignAdd(1); })();
      const fill = () => { try { ops.ones([2048, 1024]).add(weights.value.sum()).dataSync(); return 'enough'; }
        catch (e) { return e.name + ' ' + e.message; } };
      const tried = [fill(), withDevice('cuda:1', fill)];
      setMemoryLimit('64MiB');
      tried.push(fill());
      const limits = ['cpu', 'cuda:0', 'cuda:1'].map((device) => memory({ device }).limitBytes);
      console.log(JSON.stringify({ tried, limits }));`;
    const { tried, limits } = (await resultOf(program, {
      IBEX_MEMORY_LIMIT: 'cuda:0=6MiB,cuda:1=50%',
    })) as { tried: string[]; limits: number[] };
    expect(tried[0]).toMatch(
      /^OutOfMemoryError Out of memory on cuda:0: 8\.0 MiB more .*the limit is 6\.0 MiB/,
    );
    expect(tried[0]).toMatch(/2000000 bytes: float32\[500, 1000\], the variable 'weights'/);
    expect(tried.slice(1)).toEqual(['enough', 'enough']);
    expect(limits).toEqual([0, 2 ** 26, 2 ** 31]);
    const everywhere = `
      import { memory } from 'ibex';
      console.log(JSON.stringify(['cpu', 'cuda:0', 'cuda:1'].map((device) => memory({ device }).limitBytes)));`;
    expect(await resultOf(everywhere, { IBEX_MEMORY_LIMIT: '1GiB' })).toEqual([0, 2 ** 30, 2 ** 30]);
  });

  test('is enough for many batches where it was for some', async () => {
    const program = `
      import { layers, memory, models } from 'ibex';
      const model = new models.Sequential([new layers.Dense(16, { activation: 'tanh' }), new layers.Dense(1)]);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      let phase = 0;
      function* batches(count) {
        for (let i = 0; i < count; i++) {
          phase += 0.7;
          yield [Array.from({ length: 256 }, (_, row) => Array.from({ length: 64 }, (_, k) => Math.sin(phase + row + k))),
            Array.from({ length: 256 }, (_, row) => [Math.sin(phase + row)])];
        }
      }
      await model.fit(batches(20), null, { verbose: 0 });
      const { reservedBytes } = memory();
      const { history } = await model.fit(batches(200), null, { verbose: 0 });
      console.log(JSON.stringify([reservedBytes, memory().reservedBytes, history.loss[0] < 1]));`;
    const [before, after, learned] = (await resultOf(program)) as [number, number, boolean];
    // More batches may be on their way at a time, but not ever more.
    expect(after - before).toBeLessThan(4 * 2 ** 17);
    expect(learned).toBe(true);
    const limited = await resultOf(program, { IBEX_MEMORY_LIMIT: String(before + 4096) });
    expect(limited).toEqual([expect.any(Number), expect.any(Number), true]);
    expect((limited as number[])[1]).toBeLessThanOrEqual(before + 4096);
  });

  test('is the same after thousands of training steps, on data in memory and on batches that come', async () => {
    const program = `
      import { layers, memory, models, random } from 'ibex';
      const model = new models.Sequential([new layers.Dense(4, { activation: 'relu' }), new layers.Dense(1)]);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      const x = random.normal([1000, 3]);
      const y = random.normal([1000, 1]);
      function* batches(count) {
        for (let i = 0; i < count; i++) yield [[[i % 5, 1, 2], [3, i % 7, 5]], [[i % 3], [1]]];
      }
      const run = async (steps) => {
        await model.fit(x, y, { batchSize: 1, stepsPerEpoch: Math.min(1000, steps), epochs: Math.ceil(steps / 1000), verbose: 0 });
        await model.fit(batches(steps), null, { verbose: 0 });
        return memory().reservedBytes;
      };
      for (let i = 0; i < 3; i++) await run(100);
      const before = memory().reservedBytes;
      console.log(JSON.stringify([before, await run(2000)]));`;
    const [before, after] = (await resultOf(program)) as [number, number];
    expect(after - before).toBeLessThan(1 << 14);
  });
});
