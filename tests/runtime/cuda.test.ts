// The CUDA backend as users see it, on a mock of NVIDIA's libraries (native/tests/mock_cuda): kernels are compiled for the host
// and run there. That shows that the host code and the logic of the kernels are right, and nothing of a GPU's speed.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAll, doctor, mockLibraries, outputOf } from './mock-gpus.js';

const scratch = mkdtempSync(join(tmpdir(), 'ibex-cuda-'));

beforeAll(buildAll, 1_000_000);

afterAll(() => rmSync(scratch, { recursive: true }));

describe('a program on cuda:0', () => {
  test('computes what the CPU computes, run after run', async () => {
    const program = `
      import { compile, ops, tensor, Variable } from 'ibex';
      const w = new Variable(Array.from({ length: 300 }, (_, i) => Math.sin(i)));
      const step = compile((x) => {
        w.assign(ops.tanh(w.value.mul(1.5).add(x)));
        return ops.sum(ops.exp(w.value).div(3));
      });
      const sums = [];
      for (let i = 0; i < 6; i++) sums.push(step(tensor(i / 7)).item());
      console.log(JSON.stringify([sums, w.arraySync()]));`;
    const [sums, values] = JSON.parse(await outputOf(program)) as [number[], number[]];
    const [sumsOnCpu, valuesOnCpu] = JSON.parse(await outputOf(program, { IBEX_DEVICE: 'cpu' })) as [
      number[],
      number[],
    ];
    sums.forEach((sum, i) => {
      expect(sum).toBeCloseTo(sumsOnCpu[i]!, 3);
    });
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(valuesOnCpu[i]!, 5);
    });
  });

  test('trains and predicts near what the CPU does, on either of two GPUs', async () => {
    const program = `
      import { layers, models, ops, random, setRandomSeed } from 'ibex';
      setRandomSeed(3);
      const x = random.normal([64, 8, 8, 2]);
      const y = ops.sum(ops.reshape(x, [64, 8, 16]), 2).mul(0.1);
      const model = new models.Sequential([
        new layers.Conv2D(4, 3, { activation: 'relu', padding: 'same' }), new layers.BatchNormalization(),
        new layers.MaxPooling2D(2), new layers.Flatten(), new layers.Dropout(0.2), new layers.Dense(8)]);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      const { history } = await model.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0 });
      const predicted = await model.predict(x, { verbose: 0 });
      console.log(JSON.stringify([...history.loss, ...predicted.dataSync().slice(0, 8)]));`;
    const onCpu = JSON.parse(await outputOf(program, { IBEX_DEVICE: 'cpu' })) as number[];
    expect(onCpu).toHaveLength(12);
    for (const device of ['cuda:0', 'cuda:1']) {
      const onGpu = JSON.parse(await outputOf(program, { IBEX_DEVICE: device })) as number[];
      onCpu.forEach((value, i) => {
        expect(onGpu[i]).toBeCloseTo(value, 3);
      });
    }
  });

  test('takes over a variable from another device, and gives it back', async () => {
    const program = `
      import { compile, setDevice, Variable } from 'ibex';
      const w = new Variable([1, 2, 3]);
      const step = compile(() => { w.assign(w.value.mul(2)); return w.value.sum(); });
      const sums = [];
      for (const device of ['cpu', 'cuda:0', 'cuda:1', 'cpu', 'cuda:1']) {
        setDevice(device);
        sums.push(step().item());
      }
      console.log(JSON.stringify([sums, w.arraySync()]));`;
    expect(JSON.parse(await outputOf(program))).toEqual([
      [12, 24, 48, 96, 192],
      [32, 64, 96],
    ]);
  });

  test('tells of an index out of range in the words of the CPU', async () => {
    const program = `
      import { ops, tensor } from 'ibex';
      try { ops.take(tensor([1, 2, 3]), tensor([[0, 1], [5, 2]], { dtype: 'int32' })).dataSync(); }
      catch (e) { console.log(e.name, e.code, e.message); }`;
    const told = await outputOf(program);
    expect(told).toMatch(/^IndexError IBEX_INDEX_OUT_OF_RANGE .*5/);
    expect(told).toBe(await outputOf(program, { IBEX_DEVICE: 'cpu' }));
  });

  test('is chosen by itself when it can do everything', async () => {
    const program = `import { getDevice } from 'ibex'; console.log(getDevice());`;
    expect(await outputOf(program, { IBEX_DEVICE: '' })).toBe('cuda:0');
  });

  test('leaves its compiled kernels for the next process', async () => {
    const cache = join(scratch, 'cache');
    const program = `import { tensor } from 'ibex'; console.log(tensor([1, 2, 3]).add(19).sum().item());`;
    const list = () => readdirSync(cache).map((name) => [name, statSync(join(cache, name)).ino]);
    expect(await outputOf(program, { IBEX_CUDA_CACHE: cache })).toBe('63');
    const files = list();
    expect(files.length).toBeGreaterThan(0);
    expect(await outputOf(program, { IBEX_CUDA_CACHE: cache })).toBe('63');
    expect(list()).toEqual(files);
  });

  test('without memory left, is a typed error, after which all goes on', async () => {
    const program = `
      import { ops, OutOfMemoryError } from 'ibex';
      let failed = false;
      try { ops.ones([1024, 1024]).add(1).dataSync(); } catch (e) { failed = e instanceof OutOfMemoryError; }
      console.log(failed, ops.ones([100, 100]).sum().item());`;
    expect(await outputOf(program, { IBEX_MOCK_CUDA_MEMORY: '2000000' })).toBe('true 10000');
  });
});

describe('ibex doctor', () => {
  test('tells of the driver, NVRTC and the GPUs', async () => {
    const text = await doctor({});
    expect(text).toMatch(/CUDA backend: works\n.*libibex_cuda\.so\n {2}built with g\+\+/);
    expect(text).toMatch(
      /found {3}NVIDIA driver \(libcuda\.so\.1\) CUDA 13\.0 \(.*mock-cuda\/libcuda\.so\.1\)/,
    );
    expect(text).toMatch(/found {3}NVRTC .*13\.0/);
    expect(text).toMatch(/cuda:1: Mock GPU, 4\.0 of 4\.0 GiB free, compute capability 9\.0/);
    // Once, though the backend may lie beside the addon too.
    expect(text).toMatch(/setDevice: cpu, cuda:0, cuda:1$/);
  });

  test('tells what is missing, and what to do', async () => {
    expect(await doctor({ IBEX_MOCK_CUDA_INIT: '100' })).toMatch(/NVIDIA's driver finds no GPU\./);
    expect(await doctor({ IBEX_MOCK_CUDA_INIT: '803' })).toMatch(
      /driver does not start \(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH/,
    );
    expect(await doctor({ IBEX_MOCK_CUDA_VERSION: '11080' })).toMatch(/too old: it is for CUDA 11\.8/);
    const driverOnly = join(scratch, 'driver-only');
    mkdirSync(driverOnly);
    copyFileSync(join(mockLibraries(), 'libcuda.so.1'), join(driverOnly, 'libcuda.so.1'));
    expect(await doctor({ IBEX_CUDA_LIBRARIES: driverOnly })).toMatch(
      /missing NVRTC .*pip install nvidia-cuda-nvrtc/,
    );
  });
});
