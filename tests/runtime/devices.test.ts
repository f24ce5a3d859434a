// Devices of other backends, as users see them. The fake device of the native tests stands for a GPU: its memory is out of
// the host's reach and its work is done later, but what it computes is the CPU's.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let plugin: string;

beforeAll(async () => {
  const script: { buildNative(options: { tests: true }): Promise<{ tests: string }> } = await import(
    join(root, 'scripts', 'build-native.mjs')
  );
  const { tests } = await script.buildNative({ tests: true });
  plugin = join(dirname(tests), 'libibex_fake.so');
  await run(process.execPath, [join(root, 'scripts', 'build-ts.mjs')]);
}, 1_000_000);

/** Runs a program with the fake device at hand: what it printed, and its warnings. */
async function runProgram(
  program: string,
  env: Record<string, string> = {},
): Promise<{ output: string; warnings: string }> {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(root, 'tests'),
    env: { ...process.env, IBEX_DEVICE: '', IBEX_PLUGINS: plugin, ...env },
    timeout: 110_000,
  });
  return { output: stdout.trim(), warnings: stderr.trim() };
}

/** The code and message of what a program throws. */
async function errorOf(program: string, env: Record<string, string> = {}): Promise<string> {
  const { output } = await runProgram(
    `import * as ibex from 'ibex';
    try { ${program}; console.log('no error'); } catch (e) { console.log(e.name, e.code, e.message); }`,
    env,
  );
  return output;
}

const TRAINING = `
  import { layers, models, ops, random, setRandomSeed, memory, getDevice } from 'ibex';
  setRandomSeed(3);
  const x = random.normal([64, 8]);
  const y = ops.matmul(x, random.normal([8, 2]));
  const model = new models.Sequential([
    new layers.Dense(16, { activation: 'relu' }), new layers.BatchNormalization(), new layers.Dropout(0.2), new layers.Dense(2)]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const { history } = await model.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0 });
  const predicted = await model.predict(x, { verbose: 0 });
  console.log(JSON.stringify([history.loss, Array.from(predicted.dataSync().slice(0, 4))]));`;

describe('a chosen device', () => {
  test('trains and predicts with the same numbers as the CPU', async () => {
    const onCpu = await runProgram(TRAINING, { IBEX_DEVICE: 'cpu', IBEX_NUM_THREADS: '1' });
    const onDevice = await runProgram(TRAINING, { IBEX_DEVICE: 'fake:0' });
    expect(JSON.parse(onCpu.output)[0]).toHaveLength(4);
    expect(onDevice.output).toBe(onCpu.output);
  });

  test('holds what is made for it, and tells how much', async () => {
    const { output } = await runProgram(
      `
      import { getDevice, listDevices, memory, ops, setDevice } from 'ibex';
      const x = ops.ones([1024, 1024]).realize();
      const onCpu = memory({ device: 'cpu' }).bufferBytes;
      setDevice('fake:1');
      const y = ops.ones([512, 1024]).realize();
      await ops.sum(y).data();
      console.log(JSON.stringify({
        device: getDevice(),
        names: listDevices().map(({ name }) => name),
        grownOnCpu: memory({ device: 'cpu' }).bufferBytes - onCpu,
        onDevice: memory().bufferBytes >= 2 ** 21,
        elsewhere: memory({ device: 'fake:0' }).bufferBytes,
        sum: ops.sum(ops.add(ops.slice(x, [0, 0], [512, 1024]), y)).item(),
      }));`,
      { IBEX_DEVICE: 'cpu' },
    );
    expect(JSON.parse(output)).toEqual({
      device: 'fake:1',
      names: ['cpu', 'fake:0', 'fake:1'],
      grownOnCpu: 0,
      onDevice: true,
      elsewhere: 0,
      sum: 2 * 512 * 1024,
    });
  });

  test('takes over a model that was trained elsewhere, and gives it back', async () => {
    const { output } = await runProgram(`
      import { compile, setDevice, Variable } from 'ibex';
      const w = new Variable([1, 2, 3]);
      const step = compile(() => { w.assign(w.value.mul(2)); return w.value.sum(); });
      const sums = [];
      for (const device of ['cpu', 'fake:0', 'fake:1', 'cpu', 'fake:1']) {
        setDevice(device);
        sums.push(step().item());
      }
      console.log(JSON.stringify([sums, w.arraySync(), step.traceCount]));`);
    expect(JSON.parse(output)).toEqual([[12, 24, 48, 96, 192], [32, 64, 96], 3]);
  });

  test('tells of an index out of range in the words of the CPU', async () => {
    const program = `ibex.ops.take(ibex.tensor([1, 2, 3]), ibex.tensor([5], { dtype: 'int32' }).add(ibex.ops.zeros([1], { dtype: 'int32' }))).dataSync()`;
    const onDevice = await errorOf(program, { IBEX_DEVICE: 'fake:0' });
    expect(onDevice).toMatch(/^IndexError IBEX_INDEX_OUT_OF_RANGE .*5/);
    expect(onDevice).toBe(await errorOf(program, { IBEX_DEVICE: 'cpu' }));
  });

  test('without memory left, is a typed error, after which all goes on', async () => {
    const program = `
      import { OutOfMemoryError, ops } from 'ibex';
      let failed = false;
      try { ops.ones([1024, 1024]).add(1).dataSync(); } catch (e) { failed = e instanceof OutOfMemoryError; }
      console.log(failed, ops.ones([100, 100]).sum().item());`;
    const { output } = await runProgram(program, { IBEX_DEVICE: 'fake:0', IBEX_FAKE_MEMORY: '2000000' });
    expect(output).toBe('true 10000');
  });
});

describe('the choice of a device', () => {
  const CHOICE = `import { getDevice } from 'ibex'; console.log(getDevice());`;

  test('unasked is the first that can do everything', async () => {
    expect((await runProgram(CHOICE)).output).toBe('fake:0');
    expect((await runProgram(CHOICE, { IBEX_DEVICE: 'cpu' })).output).toBe('cpu');
    expect((await runProgram(CHOICE, { IBEX_PLUGINS: '' })).output).toBe('cpu');
  });

  test('falls back to the CPU, and says why where there is a device', async () => {
    const incomplete = await runProgram(CHOICE, { IBEX_FAKE_MISSING: 'sort,conv' });
    expect(incomplete.output).toBe('cpu');
    expect(incomplete.warnings).toMatch(/IBEX_DEVICE_FALLBACK.*no kernels for sort, conv yet/);
    const broken = await runProgram(CHOICE, { IBEX_FAKE_REASON: 'The fake library is of 1999.' });
    expect(broken).toEqual({ output: 'cpu', warnings: '' });
  });

  test('that was asked for and is not there is an error that says what is missing', async () => {
    expect(
      await errorOf(`ibex.setDevice('fake:0')`, { IBEX_FAKE_REASON: 'The fake library is of 1999.' }),
    ).toMatch(/^DeviceUnavailableError IBEX_DEVICE_UNAVAILABLE .*is of 1999\. Install the fake library\./);
    expect(await errorOf(`ibex.tensor(new Float32Array(99))`, { IBEX_DEVICE: 'fake:7' })).toMatch(
      /IBEX_DEVICE_UNAVAILABLE There is no device 'fake:7', only fake:0 \(Fake device\), fake:1/,
    );
    expect(await errorOf(`ibex.setDevice('gpu')`)).toMatch(/IBEX_DEVICE_UNAVAILABLE There is no backend/);
    expect(await errorOf(`ibex.setDevice('fake 0')`)).toMatch(/^ValueError/);
    expect(await errorOf(`ibex.setDevice('fake')`, { IBEX_PLUGINS: join(root, 'package.json') })).toMatch(
      /IBEX_DEVICE_UNAVAILABLE .*package\.json can't be used: It can't be loaded/,
    );
  });

  test('an op without a kernel is an error that names it', async () => {
    const env = { IBEX_DEVICE: 'fake:0', IBEX_FAKE_MISSING: 'sort' };
    expect(await errorOf(`ibex.ops.sort(ibex.tensor([2, 1])).dataSync()`, env)).toMatch(
      /IBEX_UNSUPPORTED .*no kernel for 'sort'/,
    );
  });
});

describe('ibex doctor', () => {
  const doctor = async (env: Record<string, string>): Promise<string> => {
    const program = join(root, 'packages', 'ibex', 'dist', 'cli.js');
    const { stdout } = await run(process.execPath, [program, 'doctor'], {
      env: { ...process.env, IBEX_PLUGINS: plugin, ...env },
    });
    return stdout;
  };

  test('says what works', async () => {
    const text = await doctor({});
    expect(text).toMatch(/Native core: works\n.*ibex\.node/);
    expect(text).toMatch(
      /Backend "fake": works\n.*\n {2}built with for tests\n {2}found {3}fake library 1\.0/,
    );
    expect(text).toMatch(/fake:1: Fake device, 4\.0 of 4\.0 GiB free/);
    expect(text).toMatch(/Devices for IBEX_DEVICE and setDevice: cpu, fake:0, fake:1/);
  });

  test('says what is missing, and what to do', async () => {
    const text = await doctor({ IBEX_FAKE_REASON: 'There is no fake library.' });
    expect(text).toMatch(/Backend "fake": can't be used/);
    expect(text).toMatch(/There is no fake library\.\n {2}missing fake library\. Install the fake library\./);
    expect(text).toMatch(/setDevice: cpu(, cuda.*)?\n/);
  });

  test('explains an addon that is not there', async () => {
    await expect(doctor({ IBEX_ADDON_PATH: '/nowhere/ibex.node' })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/Native core: does not work\n.*\/nowhere\/ibex\.node/s),
    });
  });
});
