// What the JavaScript peers share: the runner's arguments and replies, and the weights of ResNet-50.
import { checkedNumbers, measure } from '../../dist/harness/measure.js';
import { weightNumbers } from '../../dist/harness/numbers.js';

const [mode, name, seconds, threads] = process.argv.slice(2);

/** What the runner asks for. */
export const asked = { mode, name, seconds: Number(seconds), threads: Number(threads) };

/** @param {object} reply */
function print(reply) {
  console.log(JSON.stringify(reply));
}

/** Said where a peer has no such workload: the runner leaves it out. */
export function unsupported() {
  print({ unsupported: asked.name });
}

/**
 * Measures or checks a workload, as the runner asks.
 * @param {import('../../dist/harness/types.js').Workload} workload
 * @param {string} version
 */
export async function answer(workload, version) {
  print(
    asked.mode === 'check'
      ? await checkedNumbers(workload)
      : { ...(await measure(workload, asked.seconds)), version },
  );
}

/**
 * The first prediction has been made: the runner takes the time.
 * @param {string} version
 */
export function started(version) {
  const { user, system } = process.cpuUsage();
  const rssMb = process.resourceUsage().maxRSS / 1024;
  print({ ms: performance.now(), cpuMs: (user + system) / 1000, rssMb, version });
}

/**
 * @typedef {object} Convolution of ResNet-50, with the batch normalization after it
 * @property {string} name ends with _0 for a projected shortcut
 * @property {number} size
 * @property {number} inputs
 * @property {number} outputs
 * @property {number} stride
 * @property {Float32Array} kernel [size, size, inputs, outputs]
 * @property {Float32Array} gamma
 * @property {Float32Array} zeros what bias, beta and the moving mean are
 * @property {Float32Array} ones what the moving variance is
 */

/**
 * ResNet-50 v1 as Keras Applications builds it: the convolutions in the order in which they are made, and the last layer.
 * @returns {{ convolutions: Convolution[], dense: { kernel: Float32Array, bias: Float32Array } }}
 */
export function resnetWeights() {
  /** @type {Convolution[]} */
  const convolutions = [];
  let stream = 0;
  /** @type {(name: string, size: number, inputs: number, outputs: number, stride: number) => void} */
  const add = (name, size, inputs, outputs, stride) => {
    const kernel = weightNumbers('kernel', [size, size, inputs, outputs], stream);
    const gamma = weightNumbers('gamma', [outputs], stream + 2);
    const zeros = new Float32Array(outputs);
    const ones = new Float32Array(outputs).fill(1);
    convolutions.push({ name, size, inputs, outputs, stride, kernel, gamma, zeros, ones });
    stream += 4;
  };
  add('conv1', 7, 3, 64, 2);
  let inputs = 64;
  for (const [stage, blocks, width] of [
    [2, 3, 64],
    [3, 4, 128],
    [4, 6, 256],
    [5, 3, 512],
  ]) {
    for (let block = 1; block <= blocks; block++) {
      const stride = block === 1 && stage > 2 ? 2 : 1;
      const prefix = `conv${stage}_block${block}`;
      if (block === 1) add(`${prefix}_0`, 1, inputs, 4 * width, stride);
      add(`${prefix}_1`, 1, inputs, width, stride);
      add(`${prefix}_2`, 3, width, width, 1);
      add(`${prefix}_3`, 1, width, 4 * width, 1);
      inputs = 4 * width;
    }
  }
  const dense = {
    kernel: weightNumbers('kernel', [2048, 1000], stream),
    bias: weightNumbers('bias', [1000], stream + 1),
  };
  return { convolutions, dense };
}
