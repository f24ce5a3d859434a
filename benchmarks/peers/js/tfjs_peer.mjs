// TensorFlow.js on WebAssembly, which has one thread in Node. It has neither the gradient of a convolution's kernel nor that
// of an embedding, so that of training steps it has the dense ones only.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { integerNumbers, uniformNumbers, weightNumbers } from '../../dist/harness/numbers.js';
import { answer, asked, resnetWeights, started, unsupported } from './common.mjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');

wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out/'));
wasm.setThreadsCount(asked.threads);
await tf.setBackend('wasm');
const VERSION = `tfjs-wasm ${tf.version_core}`;
const MLP_SIZES = [784, 256, 128, 64, 32, 10];
const EPOCH = 1875;

/** A step of Adam on a batch, which gives the loss. */
function mlpStep() {
  const weights = MLP_SIZES.slice(1).flatMap((units, index) => {
    const shape = [MLP_SIZES[index], units];
    return [
      tf.variable(tf.tensor(weightNumbers('kernel', shape, 2 * index), shape)),
      tf.variable(tf.zeros([units])),
    ];
  });
  const optimizer = tf.train.adam(0.001, 0.9, 0.999, 1e-7);
  const logits = (x) => {
    let y = x;
    for (let index = 0; index < weights.length; index += 2) {
      const activation = index < weights.length - 2 ? 'relu' : 'linear';
      y = tf.fused.matMul({ a: y, b: weights[index], bias: weights[index + 1], activation });
    }
    return y;
  };
  return (x, y) =>
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(tf.oneHot(y, 10), logits(x)), true, weights);
}

function mlp(batch) {
  const step = mlpStep();
  const x = tf.tensor(uniformNumbers([batch, 784], 1), [batch, 784]);
  const y = tf.tensor(integerNumbers([batch], 2, 10), [batch], 'int32');
  let last = Number.NaN;
  return {
    async run(steps) {
      for (let index = 0; index < steps; index++) {
        const loss = step(x, y);
        last = (await loss.data())[0];
        loss.dispose();
      }
    },
    loss: async () => last,
  };
}

/** An epoch's loop: a permutation, batches gathered, steps. */
function fitLoop() {
  const step = mlpStep();
  const x = tf.tensor(uniformNumbers([60_000, 784], 1), [60_000, 784]);
  const y = tf.tensor(integerNumbers([60_000], 2, 10), [60_000], 'int32');
  return {
    block: EPOCH,
    async run(steps) {
      const order = tf.util.createShuffledIndices(60_000);
      for (let index = 0; index < steps; index++) {
        const at = Int32Array.from(order.slice((index * 32) % 60_000).slice(0, 32));
        const loss = tf.tidy(() => step(tf.gather(x, at), tf.gather(y, at)));
        await loss.data();
        loss.dispose();
      }
    },
  };
}

function eagerChain() {
  const one = tf.ones([32, 32]);
  return {
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        let x = tf.zeros([32, 32]);
        for (let index = 0; index < 10_000; index++) {
          const next = x.add(one);
          x.dispose();
          x = next;
        }
        const [first] = await x.data();
        if (first !== 10_000) throw new Error(`The chain gave ${first}.`);
      }
    },
  };
}

function resnetInference(batch) {
  const { convolutions, dense } = resnetWeights();
  const layers = convolutions.map(({ name, size, inputs, outputs, stride, kernel, gamma, zeros, ones }) => ({
    isShortcut: name.endsWith('_0'),
    size,
    stride,
    kernel: tf.tensor(kernel, [size, size, inputs, outputs]),
    vectors: { gamma: tf.tensor(gamma), zeros: tf.tensor(zeros), ones: tf.tensor(ones) },
  }));
  const [kernel, bias] = [tf.tensor(dense.kernel, [2048, 1000]), tf.tensor(dense.bias)];
  const x = tf.tensor(uniformNumbers([batch, 224, 224, 3], 1), [batch, 224, 224, 3]);
  const predict = () => {
    let next = 0;
    const convolve = (input) => {
      const { size, stride, kernel, vectors } = layers[next++];
      const half = size >> 1;
      const pad =
        half === 0
          ? 'valid'
          : [
              [0, 0],
              [half, half],
              [half, half],
              [0, 0],
            ];
      const { gamma, zeros, ones } = vectors;
      const convolved = tf.fused.conv2d({ x: input, filter: kernel, strides: stride, pad, bias: zeros });
      return tf.batchNorm(convolved, zeros, ones, zeros, gamma, 1.001e-5);
    };
    let y = tf.relu(convolve(x));
    y = tf.maxPool(
      tf.pad(y, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
      3,
      2,
      'valid',
    );
    while (next < layers.length) {
      const shortcut = layers[next].isShortcut ? convolve(y) : y;
      y = tf.relu(convolve(y));
      y = tf.relu(convolve(y));
      y = tf.relu(tf.add(convolve(y), shortcut));
    }
    return tf.softmax(tf.add(tf.matMul(tf.mean(y, [1, 2]), kernel), bias));
  };
  const probabilities = async () => {
    const outputs = tf.tidy(predict);
    const values = await outputs.data();
    outputs.dispose();
    return values;
  };
  return {
    async run(steps) {
      for (let step = 0; step < steps; step++) await probabilities();
    },
    outputs: async () => [...(await probabilities())],
  };
}

async function startup() {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [16], units: 16, activation: 'relu' }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
  await model.predict(tf.ones([1, 16])).data();
  started(VERSION);
}

const WORKLOADS = {
  'mlp-b32': () => mlp(32),
  'mlp-b128': () => mlp(128),
  'resnet50-infer-b1': () => resnetInference(1),
  'resnet50-infer-b8': () => resnetInference(8),
  'eager-chain': eagerChain,
  'fit-overhead': fitLoop,
};

if (asked.name === 'startup') await startup();
else if (asked.name in WORKLOADS) await answer(WORKLOADS[asked.name](), VERSION);
else unsupported();
