import { afterEach, expect, test } from 'vitest';
import {
  compile,
  getDevice,
  grad,
  memory,
  nameScope,
  OutOfMemoryError,
  ops,
  resetPeakMemory,
  setDebug,
  setMemoryLimit,
  type Tensor,
  tensor,
  ValueError,
  Variable,
} from '../index.js';
import { expectNoLeak } from '../testing/index.js';

afterEach(() => {
  setMemoryLimit(0);
  setDebug(false);
});

test('no memory left is a typed error, after which all goes on', () => {
  setMemoryLimit(memory().bufferBytes + 2 ** 20);
  const tooMuch = (): unknown =>
    tensor(new Float32Array(2 ** 20))
      .add(1)
      .dataSync();
  expect(tooMuch).toThrow(OutOfMemoryError);
  expect(tooMuch).toThrow(/4\.0 MiB/);
  expect(ops.ones([100]).sum().item()).toBe(100);
  setMemoryLimit(0);
  expect(tooMuch).not.toThrow();
});

test('in debug mode it lists the largest tensors and where they were made', () => {
  setDebug(true);
  const large = tensor(new Float32Array(70_000), { shape: [70, 1000] }).realize();
  setMemoryLimit(memory().bufferBytes + 2 ** 20);
  const tooMuch = (): unknown => tensor(new Float32Array(2 ** 20)).dataSync();
  expect(tooMuch).toThrow(/280000 bytes: float32\[70, 1000\].*\n.*memory\.test\.ts/);
  expect(large.shape).toEqual([70, 1000]);
});

test('it names the largest variables, and a step that found no memory leaves them as they were', async () => {
  const kernel = nameScope(
    'model',
    () => new Variable(() => ops.ones([300, 1000]), { shape: [300, 1000], name: 'kernel' }),
  );
  const step = compile((x: Tensor) => {
    kernel.assignAdd(1);
    return x.add(1);
  });
  step(ops.ones([10])).dataSync();
  const before = memory();
  setMemoryLimit(before.bufferBytes + before.arenaBytes + 2 ** 20);
  const large = (): unknown => step(ops.ones([2 ** 20])).dataSync();
  expect(large).toThrow(OutOfMemoryError);
  expect(large).toThrow(/1200000 bytes: float32\[300, 1000\], the variable 'model\/kernel'/);
  expect(large).toThrow(/IBEX_DEBUG=1/);
  setMemoryLimit(0);
  expect(kernel.value.max().item()).toBe(2);
  step(ops.ones([10])).dataSync();
  expect(kernel.value.max().item()).toBe(3);
});

test('it tells what is in use, reserved, allowed, and the most that was reserved', () => {
  const large = tensor(new Float32Array(2 ** 20)).realize();
  large.add(1).dataSync();
  const use = memory();
  expect(use.device).toBe(getDevice());
  expect(use.inUseBytes).toBe(use.bufferBytes + use.arenaBytes);
  expect(use.reservedBytes).toBe(use.inUseBytes + use.poolBytes);
  expect(use.peakBytes).toBeGreaterThanOrEqual(use.reservedBytes);
  expect(use.limitBytes).toBe(0);
  setMemoryLimit('1.5GiB', { device: use.device });
  expect(memory().limitBytes).toBe(1.5 * 2 ** 30);
  setMemoryLimit('50%');
  expect(memory().limitBytes).toBeGreaterThan(2 ** 20);
  expect(() => setMemoryLimit('much')).toThrow(ValueError);
  resetPeakMemory();
  expect(memory().peakBytes).toBe(memory().reservedBytes);
  expect(large.size).toBe(2 ** 20);
});

test('memory is back after an error', async () => {
  await expectNoLeak(async () => {
    setMemoryLimit(memory().bufferBytes + 2 ** 20);
    const sum = ops.ones([2 ** 23]).add(ops.arange(2 ** 23, { dtype: 'float32' }));
    const code = await sum.data().then(
      () => 'none',
      (error: OutOfMemoryError) => error.code,
    );
    setMemoryLimit(0);
    if (code !== 'IBEX_OUT_OF_MEMORY') throw new Error(`expected no memory, got ${code}`);
  });
});

test('unreachable tensors, variables and programs are given back', async () => {
  await expectNoLeak(() => {
    const w = new Variable(() => ops.ones([50, 50]), { shape: [50, 50] });
    const step = compile((x: Tensor) => {
      w.assignAdd(x.matmul(w.value).mean());
      return w.value.sum();
    });
    step(ops.ones([50, 50]).mul(0.5)).item();
    grad((x: Tensor) => x.square().sum())(tensor([1, 2, 3])).dataSync();
  });
});

test('the leak check sees a leak', async () => {
  const kept: Tensor[] = [];
  const leaking = (): void => void kept.push(ops.ones([100]).realize());
  await expect(expectNoLeak(leaking)).rejects.toThrow(/10 buffers/);
});
