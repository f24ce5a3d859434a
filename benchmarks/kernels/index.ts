import { compile, ops, sync, type Tensor, vjp } from 'ibex';
import { uniform } from '../harness/data.js';
import type { Workload } from '../harness/types.js';

/** A loop waits for the device once in so many runs. */
const WINDOW = 8;

/** A compiled function of one op or few, on fixed arguments. */
function kernel(
  fn: (...args: Tensor[]) => Tensor,
  ...shapes: readonly (readonly number[])[]
): () => Workload {
  return () => {
    const call = compile(fn).prepare(...shapes.map((shape, stream) => uniform(shape, stream, -1, 1)));
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
  };
}

const matmul = (a: Tensor, b: Tensor): Tensor => ops.matmul(a, b);
const convolve = (x: Tensor, w: Tensor): Tensor => ops.conv(x, w, { padding: 'same' });
const pool = (x: Tensor): Tensor => ops.maxPool(x, 2);
const IMAGES = [32, 28, 28, 32];
const FEATURES = [32, 28, 28, 64];
const FILTER = [3, 3, 32, 64];

/** The kernels, by name. peers/torch_kernels.py has the same. */
export const kernels: Readonly<Record<string, () => Workload>> = {
  'matmul-1024': kernel(matmul, [1024, 1024], [1024, 1024]),
  'matmul-32x784x256': kernel(matmul, [32, 784], [784, 256]),
  'conv-forward': kernel(convolve, IMAGES, FILTER),
  'conv-input-grad': kernel((x, w, dy) => vjp(convolve, x!, w!)[1](dy)[0], IMAGES, FILTER, FEATURES),
  'conv-filter-grad': kernel((x, w, dy) => vjp(convolve, x!, w!)[1](dy)[1], IMAGES, FILTER, FEATURES),
  'max-pool-forward': kernel(pool, IMAGES),
  'max-pool-both-ways': kernel((x, dy) => vjp(pool, x!)[1](dy)[0], IMAGES, [32, 14, 14, 32]),
  softmax: kernel((x) => ops.softmax(x), [4096, 1000]),
  'elementwise-chain': kernel(
    (x, a, r) => ops.gelu(x!.mul(a!).add(0.5)).add(r!),
    [4096, 1024],
    [4096, 1024],
    [4096, 1024],
  ),
  'sum-rows': kernel((x) => ops.sum(x, -1), [4096, 1024]),
  'sum-all': kernel((x) => ops.sum(x), [4096, 1024]),
};
