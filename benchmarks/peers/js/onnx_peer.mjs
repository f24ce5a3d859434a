// onnxruntime-node: inference of models that are written here, from the weights that all peers have.
import { createRequire } from 'node:module';
import { uniformNumbers } from '../../dist/harness/numbers.js';
import { answer, asked, resnetWeights, started, unsupported } from './common.mjs';
import { OnnxGraph } from './onnx_model.mjs';

const require = createRequire(import.meta.url);
const { InferenceSession, Tensor } = require('onnxruntime-node');
const VERSION = `onnxruntime-node ${require('onnxruntime-node/package.json').version}`;
const SIZE = 224;

/** [rows, columns] as [columns, rows]; of a kernel, [size * size, inputs, outputs] as [outputs, inputs, size * size]. */
function reversed(values, [first, second, third]) {
  const result = new Float32Array(values.length);
  let at = 0;
  for (let i = 0; i < first; i++)
    for (let j = 0; j < second; j++)
      for (let k = 0; k < third; k++) result[(k * second + j) * first + i] = values[at++];
  return result;
}

/** Pictures [batch, size * size, channels] as [batch, channels, size * size]. */
function channelsFirst(values, batch, channels) {
  const area = values.length / batch / channels;
  const pictures = Array.from({ length: batch }, (_, index) =>
    reversed(values.subarray(index * area * channels, (index + 1) * area * channels), [area, 1, channels]),
  );
  return Float32Array.from(pictures.flatMap((picture) => [...picture]));
}

function resnetModel(batch) {
  const { convolutions, dense } = resnetWeights();
  const graph = new OnnxGraph();
  let next = 0;
  const convolve = (x) => {
    const { size, inputs, outputs, stride, kernel, gamma, zeros, ones } = convolutions[next++];
    const half = size >> 1;
    const filter = graph.constant(reversed(kernel, [size * size, inputs, outputs]), [
      outputs,
      inputs,
      size,
      size,
    ]);
    const vector = (values) => graph.constant(values, [outputs]);
    const convolved = graph.node('Conv', [x, filter, vector(zeros)], {
      kernel_shape: [size, size],
      strides: [stride, stride],
      pads: [half, half, half, half],
    });
    const statistics = [vector(gamma), vector(zeros), vector(zeros), vector(ones)];
    return graph.node('BatchNormalization', [convolved, ...statistics], { epsilon: 1.001e-5 });
  };
  const relu = (x) => graph.node('Relu', [x]);
  let x = relu(convolve('pictures'));
  x = graph.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  while (next < convolutions.length) {
    const shortcut = convolutions[next].name.endsWith('_0') ? convolve(x) : x;
    const inner = relu(convolve(relu(convolve(x))));
    x = relu(graph.node('Add', [convolve(inner), shortcut]));
  }
  x = graph.node('Flatten', [graph.node('GlobalAveragePool', [x])], { axis: 1 });
  const logits = graph.node('Gemm', [
    x,
    graph.constant(dense.kernel, [2048, 1000]),
    graph.constant(dense.bias, [1000]),
  ]);
  const output = graph.node('Softmax', [logits], { axis: 1 });
  return { file: graph.model('pictures', [batch, 3, SIZE, SIZE], output, [batch, 1000]), output };
}

const session = (file) =>
  InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: asked.threads,
    interOpNumThreads: 1,
  });

async function resnetInference(batch) {
  const { file, output } = resnetModel(batch);
  const network = await session(file);
  const values = channelsFirst(uniformNumbers([batch, SIZE, SIZE, 3], 1), batch, 3);
  const pictures = new Tensor('float32', values, [batch, 3, SIZE, SIZE]);
  const predict = async () => (await network.run({ pictures }))[output].data;
  return {
    async run(steps) {
      for (let step = 0; step < steps; step++) await predict();
    },
    outputs: async () => [...(await predict())],
  };
}

async function startup() {
  const graph = new OnnxGraph();
  const dense = (x, inputs, units) =>
    graph.node('Gemm', [x, graph.constant(new Float32Array(inputs * units), [inputs, units])]);
  const output = graph.node('Softmax', [dense(graph.node('Relu', [dense('x', 16, 16)]), 16, 4)]);
  const network = await session(graph.model('x', [1, 16], output, [1, 4]));
  await network.run({ x: new Tensor('float32', new Float32Array(16), [1, 16]) });
  started(VERSION);
}

if (asked.name === 'startup') await startup();
else if (asked.name === 'resnet50-infer-b1') await answer(await resnetInference(1), VERSION);
else if (asked.name === 'resnet50-infer-b8') await answer(await resnetInference(8), VERSION);
else unsupported();
