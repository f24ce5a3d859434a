import { compile, ops, optimizers, type PreparedCall, sync, type Tensor, Variable, vjp } from 'ibex';
import { integers, uniform } from '../harness/data.js';
import type { Workload } from '../harness/types.js';
import type { KernelSpec } from './specs.js';

/** A loop waits for the device once in so many runs. */
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
  const zeros = ops.zeros([x.shape[0]!, recurrent.shape[0]!]);
  return ops.lstm(ops.matmul(x, kernel).add(bias), recurrent, zeros, zeros, undefined, { reverse: false })[0];
}

/** The recurrent bias is the same as the other. */
function gru(x: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor): Tensor {
  const zeros = ops.zeros([x.shape[0]!, recurrent.shape[0]!]);
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

/** Adam's update of one large variable. */
function adam([shape]: readonly (readonly number[])[]): PreparedCall {
  const variable = new Variable(uniform(shape!, 0, -1, 1));
  const optimizer = new optimizers.Adam(0.001);
  optimizer.build([variable]);
  return compile((gradient: Tensor): null => {
    optimizer.apply([gradient], [variable]);
    return null;
  }).prepare(uniform(shape!, 1, -1, 1));
}

function prepared(spec: KernelSpec): PreparedCall {
  if (spec.op === 'adam') return adam(spec.shapes);
  const args = spec.shapes.map((shape, stream) =>
    spec.op.startsWith('gather') && stream === 1
      ? integers(shape, stream, spec.shapes[0]![0]!)
      : uniform(shape, stream, -1, 1),
  );
  return compile(functionOf(spec)).prepare(...args);
}

/** A compiled kernel on fixed arguments. */
export function kernel(spec: KernelSpec): Workload {
  const call = prepared(spec);
  return {
    async run(steps) {
      for (let step = 1; step <= steps; step++) {
        if (step % WINDOW === 0) {
          const { outputs, done } = call.runAsync();
          await done;
          for (const output of outputs) output.dispose();
        } else {
          for (const output of call.run()) output.dispose();
        }
      }
      await sync();
    },
  };
}
