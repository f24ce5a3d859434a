// Files written here are opened by Keras 3, and files that it writes are opened here, with equal predictions.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose } from '@ibex/tensor/testing';
import { Input, layers, loadModel, Model, ops, Sequential, type Tensor, tensor } from 'ibex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askKeras, type KerasAnswer, type KerasRequest, whyNoKeras } from './keras-peer.js';

interface Case {
  readonly model: () => Model;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

const cases: Readonly<Record<string, Case>> = {
  cnn: {
    model: () =>
      new Sequential([
        Input([8, 8, 2]),
        new layers.Conv2D(4, 3, { padding: 'same', useBias: false }),
        new layers.BatchNormalization(),
        new layers.ReLU(),
        new layers.MaxPooling2D(2),
        new layers.SeparableConv2D(3, 3),
        new layers.Flatten(),
        new layers.Dense(5, { activation: 'softmax' }),
      ]),
    shape: [3, 8, 8, 2],
    dtype: 'float32',
  },
  reader: {
    model: () =>
      new Sequential([
        Input([6], { dtype: 'int32' }),
        new layers.Embedding(20, 4, { maskZero: true }),
        new layers.Bidirectional(new layers.LSTM(3, { returnSequences: true })),
        new layers.GRU(4),
        new layers.LayerNormalization(),
        new layers.Dense(1, { activation: 'sigmoid' }),
      ]),
    shape: [3, 6],
    dtype: 'int32',
  },
  functions: { model: functions, shape: [3, 4, 6], dtype: 'float32' },
};

/** Functions in a graph, each with arguments that Keras keeps in its class's configuration. */
function functions(): Model {
  const x = Input([4, 6]);
  const twin = ops.multiply(x, 0.5);
  const parts = [
    ops.reshape(x, [-1, 24]),
    ops.transpose(x, [0, 2, 1]),
    ops.concatenate([x, twin], 1),
    ops.stack([x, twin], 1),
    ops.squeeze(ops.expandDims(x, 1), 1),
    ops.mean(x, 1, { keepdims: true }),
    ops.sum(x, [1, 2], { keepdims: true }),
    ops.max(x, -1),
    ops.min(x, 1),
    ops.var(x, 1),
    ops.matmul(x, ops.transpose(twin, [0, 2, 1])),
    ops.softmax(x, 1),
    ops.logSoftmax(x),
    ops.where(ops.greater(x, 1), x, 0),
    ops.pad(x, [
      [0, 0],
      [1, 2],
      [0, 1],
    ]),
    ops.pad(
      x,
      [
        [0, 0],
        [1, 0],
        [0, 0],
      ],
      { constantValues: 3 },
    ),
    ops.take(x, [0, 2], 1),
    ...ops.split(x, 2, 1),
    ops.split(x, [1, 3], 2)[1]!,
    ops.einsum('bij,bkj->bik', x, twin),
    ops.clip(x, -0.5, 0.5),
    ops.clip(x, -9, 2), // with both bounds: Keras on TensorFlow takes no fewer
    ops.gelu(x, { approximate: false }),
    ops.leakyRelu(x, { negativeSlope: 0.3 }),
    ops.cumsum(x, 1),
    ops.flip(x, 2),
    ops.tile(x, [1, 2, 1]),
    ops.repeat(x, 2, 1),
    ops.roll(x, 1, 2),
    ops.swapaxes(x, 1, 2),
    ops.moveaxis(x, 2, 1),
    ops.logsumexp(x, 1),
    ops.erf(x),
    ops.cast(ops.argmax(x, 1), 'float32'),
    ops.topK(x, 2)[0]!,
    ops.oneHot(ops.cast(ops.clip(x, 0, 3), 'int32'), 4),
    x.at(':', [1, 3]),
    x.at('...', 0),
    x.at(':', [null, null, 2], [-2], null),
  ];
  return new Model(
    x,
    ops.concatenate(
      parts.map((part) => new layers.Flatten()(part) as typeof x),
      1,
    ),
  );
}

let folder: string;
const file = (name: string): string => join(folder, name);
const inputs: Record<string, Tensor> = {};
const trained: Record<string, Model> = {};
let answers: KerasAnswer[];

describe.skipIf(whyNoKeras !== undefined)(`with Keras (${whyNoKeras ?? 'found'})`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ibex-keras-'));
    const requests: KerasRequest[] = [];
    for (const [name, { model, shape, dtype }] of Object.entries(cases)) {
      const count = shape.reduce((a, b) => a * b);
      const values = Float32Array.from(
        { length: count },
        (_, i) => ((i * 7 + 3) % 11) - (dtype === 'int32' ? 0 : 5),
      );
      const x = ops.reshape(tensor(values, { dtype }), shape);
      const built = model();
      built.compile({ optimizer: 'adam', loss: 'mse' });
      const y = ops.zerosLike((await built.predict(x, { verbose: 0 })) as Tensor);
      if (built.trainableVariables.length > 0) await built.fit(x, y, { verbose: 0, epochs: 2 });
      await built.save(file(`${name}.keras`));
      await built.saveWeights(file(`${name}.weights.h5`));
      inputs[name] = x;
      trained[name] = built;
      requests.push({
        model: file(`${name}.keras`),
        weights: file(`${name}.weights.h5`),
        rewrite: file(`${name}-keras.weights.h5`),
        save: file(`${name}-keras.keras`),
        x: [(await x.array()) as never],
        dtype,
      });
    }
    answers = await askKeras(requests);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(Object.keys(cases).map((name, i) => ({ name, i })))('$name', ({ name, i }) => {
    it('weights saved here are those that Keras loads', async () => {
      expect(answers[i]!.error).toBeUndefined();
      const predictions = (await trained[name]!.predict(inputs[name]!, { verbose: 0 })) as Tensor;
      expectClose(predictions, answers[i]!.y as never, { rtol: 1e-4, atol: 1e-5 });
    });

    it('weights saved by Keras are those that are loaded here', async () => {
      const model = await loadModel(file(`${name}.keras`));
      await model.loadWeights(file(`${name}-keras.weights.h5`));
      const predictions = (await model.predict(inputs[name]!, { verbose: 0 })) as Tensor;
      expectClose(predictions, answers[i]!.halved as never, { rtol: 1e-4, atol: 1e-5 });
    });

    it('a model saved again by Keras is loaded here, also when it was saved once more', async () => {
      const first = await loadModel(file(`${name}-keras.keras`));
      await first.save(file(`${name}-again.keras`));
      const model = await loadModel(file(`${name}-again.keras`));
      const predictions = (await model.predict(inputs[name]!, { verbose: 0 })) as Tensor;
      expectClose(predictions, answers[i]!.halved as never, { rtol: 1e-4, atol: 1e-5 });
    });
  });
});
