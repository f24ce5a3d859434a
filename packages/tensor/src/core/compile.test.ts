import type { Addon } from '@ibex/native';
import { describe, expect, test, vi } from 'vitest';
import {
  compile,
  GradientTape,
  grad,
  memory,
  ops,
  setEager,
  stopGradient,
  type Tensor,
  TraceError,
  tensor,
  Variable,
  valueAndGradVariables,
} from '../index.js';
import { expectClose } from '../testing/index.js';
import { getDevice } from './device.js';
import { addon } from './runtime.js';

describe('a compiled function', () => {
  test('is traced once for each kind of arguments', () => {
    const f = compile((x: Tensor, scale: number) => x.mul(scale));
    expectClose(f(tensor([1, 2]), 2), [2, 4]);
    expectClose(f(tensor([3, 4]), 2), [6, 8]);
    expect(f.traceCount).toBe(1);
    expectClose(f(tensor([1, 2, 3]), 2), [2, 4, 6]);
    expect(f.traceCount).toBe(2);
    expect(f.retraceReason).toMatch(/float32\[3\].*float32\[2\]/);
    expectClose(f(tensor([1, 2, 3]), 3), [3, 6, 9]);
    expect(f.retraceReason).toMatch(/\[1\]: 3 was 2/);
    f(tensor([1, 2]), 2);
    expect(f.traceCount).toBe(3);
  });

  test('keeps a bounded number of programs', () => {
    const f = compile((x: Tensor) => x.add(1), { cacheSize: 2 });
    for (const size of [1, 2, 3, 3, 2, 1]) f(ops.ones([size]));
    expect(f.traceCount).toBe(4);
  });

  test('takes and returns nests of tensors and other values', () => {
    const f = compile(({ a, list }: { a: Tensor; list: Tensor[] }) => ({
      sum: a.add(list[0]!),
      rest: [list[1]!, 'text', null],
    }));
    const { sum, rest } = f({ a: tensor([1]), list: [tensor([2]), tensor([3])] });
    expectClose(sum, [3]);
    expectClose(rest[0] as Tensor, [3]);
    expect(rest.slice(1)).toEqual(['text', null]);
  });

  test('captures tensors from outside, computed or not', () => {
    const pending = tensor([1, 2]).mul(3);
    const f = compile((x: Tensor) => x.add(pending));
    expectClose(f(tensor([1, 1])), [4, 7]);
    expectClose(f(tensor([2, 2])), [5, 8]);
  });

  test('is part of the program of another that calls it', () => {
    const inner = compile((x: Tensor) => x.square());
    const outer = compile((x: Tensor) => inner(x).add(inner(x)));
    expectClose(outer(tensor([3])), [18]);
    expect(inner.traceCount).toBe(0);
  });

  test('is differentiated where a tape records', () => {
    const f = compile((x: Tensor) => x.pow(3).sum());
    expectClose(grad(f)(tensor([1, 2])), [3, 12]);
    const gradient = compile(grad((x: Tensor) => x.pow(3).sum()));
    expectClose(gradient(tensor([1, 2])), [3, 12]);
  });

  test('runs asynchronously', async () => {
    const f = compile((x: Tensor) => [x.add(1), x.mul(2)]);
    const [a, b] = (await f.runAsync(tensor([1, 2]))) as [Tensor, Tensor];
    expect(await a.array()).toEqual([2, 3]);
    expect(await b.array()).toEqual([2, 4]);
  });
});

describe('variables in a compiled function', () => {
  test('are its state, read and updated at each call', () => {
    const count = new Variable(0);
    const f = compile((x: Tensor) => {
      count.assignAdd(1);
      return x.mul(count);
    });
    expectClose(f(tensor([10])), [10]);
    expectClose(f(tensor([10])), [20]);
    expect(count.value.item()).toBe(2);
    count.assign(7);
    expectClose(f(tensor([10])), [80]);
    expect(f.traceCount).toBe(1);
  });

  test('can be made in it, and are made once', () => {
    let slot: Variable | undefined;
    const f = compile((x: Tensor) => {
      slot ??= new Variable(() => ops.zeros([2]), { shape: [2] });
      slot.assignAdd(x);
      return slot.value;
    });
    expectClose(f(tensor([1, 2])), [1, 2]);
    expectClose(f(tensor([1, 2])), [2, 4]);
    expect(slot!.arraySync()).toEqual([2, 4]);
  });

  test('keep snapshots of their values unchanged', () => {
    const v = new Variable(() => ops.ones([1000]), { shape: [1000] });
    const f = compile(() => {
      v.assignAdd(1);
    });
    f();
    const before = v.value;
    f();
    expect(before.max().item()).toBe(2);
    expect(v.value.min().item()).toBe(3);
  });
});

describe('what is not possible while a function is traced', () => {
  test('reading a value', () => {
    const f = compile((x: Tensor) => (x.sum().item() > 0 ? x : x.neg()));
    expect(() => f(tensor([1]))).toThrow(TraceError);
    const g = compile(async (x: Tensor) => x.data());
    expect(() => g(tensor([1]))).toThrow(TraceError);
  });

  test('using its tensors afterwards', () => {
    let escaped: Tensor | undefined;
    const f = compile((x: Tensor) => {
      escaped = x.add(1);
      return x;
    });
    f(tensor([1]));
    expect(() => escaped!.dataSync()).toThrow(TraceError);
    expect(() => escaped!.add(1)).toThrow(/'compiled'|outside/);
    expect(() => compile(() => escaped!.add(1))()).toThrow(TraceError);
    expect(() => new Variable(0).assign(escaped!.sum())).toThrow(TraceError);
  });

  test('making a variable from one of its tensors', () => {
    expect(() => compile((x: Tensor) => new Variable(x.add(1)).value)(tensor([1]))).toThrow(TraceError);
  });
});

/** A step of training of a small network, with momentum. */
function makeStep() {
  const w1 = new Variable(
    tensor(
      Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)),
      { shape: [4, 8] },
    ),
  );
  const w2 = new Variable(
    tensor(
      Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)),
      { shape: [8, 1] },
    ),
  );
  const weights = [w1, w2];
  const momenta = weights.map(
    ({ shape }) => new Variable(() => ops.zeros(shape), { shape, trainable: false }),
  );
  const step = (x: Tensor, y: Tensor): Tensor => {
    const { value, gradients } = valueAndGradVariables(() => {
      const prediction = x.matmul(w1.value).tanh().matmul(w2.value);
      return prediction.sub(y).square().mean();
    }, weights);
    weights.forEach((weight, i) => {
      const momentum = momenta[i]!;
      momentum.assign(momentum.value.mul(0.9).sub(gradients[i]!.mul(0.01)));
      weight.assignAdd(momentum.value);
    });
    return value;
  };
  return { step, weights };
}

const X = tensor(
  Float32Array.from({ length: 64 }, (_, i) => Math.sin(3 * i)),
  { shape: [16, 4] },
);
const Y = tensor(
  Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
  { shape: [16, 1] },
);

test('eager, lazy and compiled give the same numbers', () => {
  const train = (
    wrap: (step: (x: Tensor, y: Tensor) => Tensor) => (x: Tensor, y: Tensor) => Tensor,
    eager = false,
  ) => {
    setEager(eager);
    try {
      const { step, weights } = makeStep();
      const run = wrap(step);
      const losses = Array.from({ length: 5 }, () => run(X, Y).item());
      return [...losses, ...weights.flatMap((weight) => [...(weight.dataSync() as Float32Array)])];
    } finally {
      setEager(false);
    }
  };
  const lazy = train((step) => step);
  const compiled = train((step) => compile(step));
  const eager = train((step) => step, true);
  expect(lazy[4]).toBeLessThan(lazy[0]!);
  expectClose(compiled, lazy, { rtol: 1e-5, atol: 1e-6 });
  expectClose(eager, lazy, { rtol: 1e-5, atol: 1e-6 });
});

test('a prepared step makes one native call and no buffer', () => {
  const { step } = makeStep();
  const run = compile((x: Tensor, y: Tensor): void => void step(x, y)).prepare(X, Y);
  for (let i = 0; i < 3; i++) run.run();
  const before = addon().stats();
  const spies = (Object.keys(addon()) as (keyof Addon)[])
    .filter((name) => typeof addon()[name] === 'function')
    .map((name) => vi.spyOn(addon(), name as 'programRun'));
  for (let i = 0; i < 100; i++) run.run();
  const calls = Object.fromEntries(
    spies.map((spy) => [spy.getMockName(), spy.mock.calls.length]).filter(([, count]) => count),
  );
  vi.restoreAllMocks();
  expect(calls).toEqual({ programRun: 100 });
  const after = addon().stats();
  expect(after.programRuns - before.programRuns).toBe(100);
  expect(after.handlesCreated - before.handlesCreated).toBe(0);
});

test('a prepared call runs as often as it is told to, but not past an error', async () => {
  const count = new Variable(() => ops.zeros([], { dtype: 'int32' }), { shape: [], dtype: 'int32' });
  const table = tensor([1, 2, 3, 4, 5]);
  const next = compile((): void => {
    count.assign(count.value.add(1));
  }).prepare();
  next.run(3);
  await next.runAsync(4).done;
  expect(count.value.item()).toBe(7);
  expect(() => next.run(0)).toThrow(/once at least.*got times 0/);

  const sum = new Variable(() => ops.zeros([]), { shape: [] });
  count.assign(2);
  const look = compile((): void => {
    sum.assign(sum.value.add(ops.take(table, count.value, 0)));
    count.assign(count.value.add(1));
  }).prepare();
  await expect(look.runAsync(10).done).rejects.toThrow(/out of range/);
  if (getDevice() === 'cpu') expect(sum.value.item()).toBe(3 + 4 + 5); // a GPU has gone on by then

  const makes = compile((x: Tensor) => x.add(1)).prepare(table);
  expect(() => makes.run(2)).toThrow(/with outputs once only; got times 2/);
  expect(makes.run(1)[0]!.dataSync()[0]).toBe(2);
});

test('5,000 steps hold memory flat', async () => {
  const { step } = makeStep();
  const compiled = compile(step);
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const loss = compiled(X, Y);
      if (i % 100 === 99) {
        await loss.data();
        await new Promise((resolve) => setImmediate(resolve));
      }
      loss.dispose();
    }
  };
  await run(100);
  const before = memory();
  await run(5000);
  const after = memory();
  expect(after.buffers).toBeLessThanOrEqual(before.buffers + 2);
  expect(after.bufferBytes).toBeLessThanOrEqual(before.bufferBytes + 4096);
  expect(after.programs).toBe(before.programs);
});

test('stopGradient and tapes work in a trace', () => {
  const f = compile((x: Tensor) => {
    const tape = new GradientTape();
    const y = tape.run(() => stopGradient(x).mul(x).sum());
    return tape.gradient(y, x)!;
  });
  expectClose(f(tensor([2, 3])), [2, 3]);
});
