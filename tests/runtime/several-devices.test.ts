// Two GPUs in one process, as users see them, on a mock of NVIDIA's libraries (native/tests/mock_cuda).
import { beforeAll, describe, expect, test } from 'vitest';
import { buildAll, resultOf } from './mock-gpus.js';

beforeAll(buildAll, 1_000_000);

describe('withDevice', () => {
  test('is the current device in its body, in what that awaits, and nowhere else', async () => {
    const program = `
      import { getDevice, setDevice, withDevice } from 'ibex';
      const seen = [getDevice()];
      seen.push(withDevice('cuda:1', () => getDevice()));
      const later = withDevice('cuda:1', async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const inner = withDevice('cpu', () => getDevice());
        return [inner, getDevice()];
      });
      seen.push(getDevice(), ...(await later), getDevice());
      setDevice('cpu');
      seen.push(getDevice(), withDevice('cuda', () => getDevice()));
      let error;
      try { withDevice('cuda:7', () => undefined); } catch (e) { error = e.name; }
      console.log(JSON.stringify([seen, error]));`;
    expect(await resultOf(program)).toEqual([
      ['cuda:0', 'cuda:1', 'cuda:0', 'cpu', 'cuda:1', 'cuda:0', 'cpu', 'cuda:0'],
      'DeviceUnavailableError',
    ]);
  });

  test('computes each call where it was made, whenever its value is asked for', async () => {
    const program = `
      import { memory, ops, tensor, Variable, withDevice } from 'ibex';
      const used = (device) => memory({ device }).bufferBytes;
      const x = tensor(Float32Array.from({ length: 50000 }, (_, i) => i % 10));
      const bias = new Variable([1]);
      const before = used('cuda:1');
      const there = withDevice('cuda:1', () => ops.exp(x.div(10)));
      const back = there.mul(2);
      const again = withDevice('cuda:1', () => back.add(bias.value).sum());
      const onCpu = withDevice('cpu', () => back.sub(there));
      await again.data();
      const grown = used('cuda:1') - before;
      withDevice('cuda:1', () => bias.assign(bias.value.add(there.max())));
      console.log(JSON.stringify({
        sums: [again, back.sum(), onCpu.sum()].map((t) => t.item()), bias: bias.value.item(), grew: grown >= 200000 }));`;
    const result = (await resultOf(program)) as { sums: number[]; bias: number; grew: boolean };
    const sum = Array.from({ length: 50000 }, (_, i) => Math.exp((i % 10) / 10)).reduce((a, b) => a + b);
    [2 * sum + 50000, 2 * sum, sum].forEach((value, i) => {
      expect(result.sums[i]! / value).toBeCloseTo(1, 4);
    });
    expect(result.bias).toBeCloseTo(1 + Math.exp(0.9), 4);
    expect(result.grew).toBe(true);
  });

  const MODEL = `
    import { layers, memory, models, ops, random, setRandomSeed, tensor, withDevice } from 'ibex';
    const data = (seed) => {
      setRandomSeed(seed);
      const x = random.normal([64, 8]);
      return [x, ops.matmul(x, random.normal([8, 2]))];
    };
    const make = (seed) => {
      setRandomSeed(seed);
      const model = new models.Sequential([
        new layers.Dense(16, { activation: 'relu' }), new layers.Dense(2)]);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      return model;
    };
    const train = async (model, [x, y]) =>
      (await model.fit(x, y, { epochs: 3, batchSize: 16, shuffle: false, verbose: 0 })).history.loss;
    const print = (value) => console.log(JSON.stringify(value));`;

  test('trains a whole model on another device', async () => {
    const program = `${MODEL}
      const expected = await train(make(1), data(5));
      const before = memory({ device: 'cuda:0' }).bufferBytes;
      const [losses, shape] = await withDevice('cuda:1', async () => {
        const model = make(1);
        const losses = await train(model, data(5));
        const predicted = await model.predict(data(5)[0], { verbose: 0 });
        return [losses, predicted.shape];
      });
      print([expected, losses, shape, memory({ device: 'cuda:0' }).bufferBytes <= before]);`;
    const [expected, losses, shape, untouched] = (await resultOf(program)) as unknown[];
    expect(losses).toEqual(expected);
    expect(shape).toEqual([64, 2]);
    expect(untouched).toBe(true);
  });

  test('trains two models on two devices at the same time', async () => {
    const program = `${MODEL}
      const alone = [await train(make(1), data(5)), await train(make(2), data(6))];
      const devices = ['cuda:0', 'cuda:1'];
      const models_ = [make(1), make(2)];
      const sets = [data(5), data(6)];
      const together = await Promise.all(devices.map((name, i) => withDevice(name, () => train(models_[i], sets[i]))));
      print([alone, together]);`;
    const [alone, together] = (await resultOf(program)) as [number[][], number[][]];
    expect(together).toEqual(alone);
  });
});

test('toDevice copies a tensor to a device, unless it is there', async () => {
  const program = `
    import { getDevice, tensor, toDevice, withDevice } from 'ibex';
    const x = tensor([1, 2, 3]).mul(2);
    const there = toDevice(x, 'cuda:1');
    const same = toDevice(there, 'cuda:1') === there && toDevice(x) === x;
    const back = toDevice(toDevice(there, 'cpu'), 'cuda:0');
    console.log(JSON.stringify([there !== x, same, there.arraySync(), back.arraySync(), x.arraySync()]));`;
  expect(await resultOf(program)).toEqual([true, true, [2, 4, 6], [2, 4, 6], [2, 4, 6]]);
});

test('training on batches that come one by one has the same numbers however the device orders its work', async () => {
  const program = `
    import { layers, models, setRandomSeed, tensor } from 'ibex';
    setRandomSeed(2);
    const model = new models.Sequential([new layers.Dense(8, { activation: 'tanh' }), new layers.Dense(1)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    function* batches() {
      for (let i = 0; i < 24; i++) {
        const x = Float32Array.from({ length: 256 }, (_, k) => Math.sin(i * 7 + k));
        yield [tensor(x, { shape: [64, 4] }), tensor(x.slice(0, 64), { shape: [64, 1] })];
      }
    }
    const endless = { *[Symbol.iterator]() { for (;;) yield* batches(); } };
    const { history } = await model.fit(endless, null, { epochs: 2, stepsPerEpoch: 24, verbose: 0 });
    console.log(JSON.stringify([history.loss, model.getWeights().map((w) => w.arraySync())]));`;
  const expected = await resultOf(program);
  for (const order of ['late', 'uploads-early']) {
    expect(await resultOf(program, { IBEX_MOCK_CUDA_STREAMS: order })).toEqual(expected);
  }
});
