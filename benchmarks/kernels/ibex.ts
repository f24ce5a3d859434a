import {
  compile,
  getDevice,
  ops,
  optimizers,
  type PreparedCall,
  sync,
  type Tensor,
  tensor,
  Variable,
  vjp,
} from 'ibex';
import { integerNumbers, uniformNumbers } from '../harness/numbers.js';
import type { Workload } from '../harness/types.js';
import type { KernelSpec } from './specs.js';

/** A loop waits for the device once in so many runs, for those before the last so many: it always has work. */
const WINDOW = 8;

type Fn = (...args: Tensor[]) => Tensor | readonly Tensor[];

/** All gradients of a function whose last argument is the gradient of its output. */
function bothWays<A extends Tensor[]>(fn: (...args: A) => Tensor): Fn {
  return (...args) => {
    const [y, pull] = vjp(fn as (...args: Tensor[]) => Tensor, ...args.slice(0, -1));
    return [y, ...(pull(args.at(-1)!) as unknown as Tensor[])];
  };
}

function lstm(x: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor): Tensor {
  const zeros = ops.zeros([x.shape[0]!, recurrent.shape[0]!], { dtype: x.dtype });
  return ops.lstm(ops.matmul(x, kernel).add(bias), recurrent, zeros, zeros, undefined, { reverse: false })[0];
}

/** The recurrent bias is the same as the other. */
function gru(x: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor): Tensor {
  const zeros = ops.zeros([x.shape[0]!, recurrent.shape[0]!], { dtype: x.dtype });
  return ops.gru(ops.matmul(x, kernel).add(bias), recurrent, bias, zeros, undefined, { reverse: false })[0];
}

/** The ops that specifications name, but those with state. */
function functionOf({ op, padding = 'valid', strides = 1, window = 1 }: KernelSpec): Fn {
  const convolve = (x: Tensor, w: Tensor): Tensor => ops.conv(x, w, { padding, strides });
  const softmax = (x: Tensor): Tensor => ops.softmax(x);
  const layerNorm = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
    ops.layerNormalization(x, { gamma, beta, epsilon: 1e-5 });
  const batchNorm = (x: Tensor, scale: Tensor, offset: Tensor): Tensor =>
    ops.batchNormalizationTraining(x, -1, { scale, offset, epsilon: 1e-5 })[0];
  const maxPool = (x: Tensor): Tensor => ops.maxPool(x, window, { strides });
  const averagePool = (x: Tensor): Tensor => ops.averagePool(x, window, { strides });
  const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => ops.dotProductAttention(q, k, v);
  const functions: Readonly<Record<string, Fn>> = {
    matmul: (a, b) => ops.matmul(a!, b!),
    'matmul-transposed': (a, b) => ops.matmul(ops.transpose(a!), b!),
    'conv-forward': (x, w) => convolve(x!, w!),
    'conv-data': (x, w, dy) => vjp((x: Tensor) => convolve(x, w!), x!)[1](dy)[0],
    'conv-weights': (x, w, dy) => vjp((w: Tensor) => convolve(x!, w), w!)[1](dy)[0],
    copy: (x) => x!,
    triad: (a, b) => a!.add(b!.mul(0.5)),
    chain: (x, a, r) => ops.gelu(x!.mul(a!).add(0.5)).add(r!),
    'sum-rows': (x) => ops.sum(x!, -1),
    'sum-columns': (x) => ops.sum(x!, 0),
    'sum-all': (x) => ops.sum(x!),
    softmax,
    'softmax-both-ways': bothWays(softmax),
    'layer-norm': layerNorm as Fn,
    'layer-norm-both-ways': bothWays(layerNorm),
    'batch-norm': batchNorm as Fn,
    'batch-norm-both-ways': bothWays(batchNorm),
    'max-pool': maxPool,
    'max-pool-both-ways': bothWays(maxPool),
    'average-pool': averagePool,
    'average-pool-both-ways': bothWays(averagePool),
    lstm: lstm as Fn,
    'lstm-both-ways': bothWays(lstm),
    gru: gru as Fn,
    'gru-both-ways': bothWays(gru),
    gather: (table, at) => ops.take(table!, at!, 0),
    'gather-grad': (table, at, dy) => vjp((t: Tensor) => ops.take(t, at!, 0), table!)[1](dy)[0],
    attention: attend as Fn,
    'attention-both-ways': bothWays(attend),
  };
  const fn = functions[op];
  if (fn === undefined) throw new Error(`There is no op '${op}'.`);
  return fn;
}

const listOf = (results: Tensor | readonly Tensor[]): readonly Tensor[] => [results].flat();

/** Arguments are large, and the same in all kernels of a sweep: they are made once. */
const numbers = new Map<string, Float32Array<ArrayBuffer>>();

/** Arrays of their own, as often as it is called. */
function argument({ op, shapes, dtype = 'float32' }: KernelSpec, stream: number): Tensor {
  const shape = shapes[stream]!;
  if (op.startsWith('gather') && stream === 1)
    return tensor(integerNumbers(shape, stream, shapes[0]![0]!), { shape });
  const key = `${shape}|${stream}`;
  const values = numbers.get(key) ?? uniformNumbers(shape, stream, -1, 1);
  numbers.set(key, values);
  return tensor(values, { shape }).cast(dtype);
}

const argumentsOf = (spec: KernelSpec): Tensor[] => spec.shapes.map((_, stream) => argument(spec, stream));

/** Adam's update of large variables, of which a GPU has several. */
function adam(spec: KernelSpec, repeats: number): PreparedCall {
  const sets = Array.from({ length: repeats }, () => argumentsOf(spec));
  const variables = sets.map(([value]) => new Variable(value!));
  const optimizer = new optimizers.Adam(0.001);
  optimizer.build(variables);
  return compile(
    (...gradients: Tensor[]): null => {
      optimizer.apply(gradients, variables);
      return null;
    },
    { name: spec.name },
  ).prepare(...sets.map(([, gradient]) => gradient!));
}

/**
 * A program that does the kernel several times, each on arguments of its own, with the results in variables: their addresses
 * stay, so that a GPU replays it as one graph.
 */
function repeated(spec: KernelSpec, repeats: number): PreparedCall {
  const fn = functionOf(spec);
  const sets = Array.from({ length: repeats }, () => argumentsOf(spec));
  const results = listOf(compile(fn)(...sets[0]!)).map(({ shape, dtype }) => ({ shape, dtype }));
  const kept = sets.map(() =>
    results.map(({ shape, dtype }) => new Variable(() => ops.zeros(shape, { dtype }), { shape, dtype })),
  );
  const count = spec.shapes.length;
  return compile(
    (...args: Tensor[]): null => {
      kept.forEach((variables, set) => {
        const made = listOf(fn(...args.slice(set * count, (set + 1) * count)));
        variables.forEach((variable, at) => {
          variable.assign(made[at]!);
        });
      });
      return null;
    },
    { name: spec.name },
  ).prepare(...sets.flat());
}

function prepared(spec: KernelSpec, repeats: number): PreparedCall {
  if (spec.op === 'adam') return adam(spec, repeats);
  return getDevice() === 'cpu'
    ? compile(functionOf(spec), { name: spec.name }).prepare(...argumentsOf(spec))
    : repeated(spec, repeats);
}

/** How often a step of a kernel's workload does it. */
export const repeatsOf = ({ repeats = 1 }: KernelSpec): number => (getDevice() === 'cpu' ? 1 : repeats);

/** A compiled kernel on fixed arguments. */
export function kernel(spec: KernelSpec): Workload {
  const call = prepared(spec, repeatsOf(spec));
  return {
    async run(steps) {
      let before: Promise<void> | undefined;
      for (let step = 1; step <= steps; step++) {
        if (step % WINDOW === 0) {
          const { outputs, done } = call.runAsync();
          await before;
          before = done;
          for (const output of outputs) output.dispose();
        } else {
          for (const output of call.run()) output.dispose();
        }
      }
      await before;
      await sync();
    },
  };
}

/** The mean of all results' absolute values: what a peer's kernel must have too. */
export async function magnitude(spec: KernelSpec): Promise<number> {
  const results = listOf(compile(functionOf(spec))(...argumentsOf(spec)));
  const sums = results.map((result) => ops.mean(ops.abs(result.cast('float32'))));
  return (await sums.reduce((sum, each) => sum.add(each)).data())[0] as number;
}
