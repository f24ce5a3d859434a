// Labels that are no class, and indices without a vector: seen only while a step runs.
import { BatchNormalization, Dense, Embedding, Flatten, Input } from '@ibex/layers';
import { getDevice, IndexError, type KerasTensor, ops, type Tensor } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Model } from '../model.js';
import { Sequential } from '../sequential.js';

const x = Float32Array.from({ length: 32 * 4 }, (_, i) => Math.sin(i));
const inputs = ops.reshape(ops.convertToTensor(x), [32, 4]);
const good = Int32Array.from({ length: 32 }, (_, i) => i % 10);
const bad = good.with(17, 12);

function classifier(runEagerly: boolean): Sequential {
  const model = new Sequential(
    [
      Input([4]) as KerasTensor,
      new Dense(8),
      new BatchNormalization(),
      new Dense(10, { activation: 'softmax' }),
    ],
    { name: 'digits' },
  );
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', runEagerly });
  return model;
}

async function stateOf(model: Sequential): Promise<number[][]> {
  const variables = [...model.weights, ...model.optimizer!.variables];
  return Promise.all(variables.map(async (variable) => [...((await variable.data()) as Float32Array)]));
}

/** A GPU has gone on with the step when the index is noticed; the CPU stops there. See docs/devices.md. */
const stopsAtOnce = getDevice() === 'cpu';

const errorOf = (job: Promise<unknown>): Promise<IndexError> =>
  job.then(
    () => expect.unreachable('no error'),
    (error) => error as IndexError,
  );

describe.each([
  ['compiled', false],
  ['eagerly', true],
])('a label that is no class, %s,', (_, runEagerly) => {
  const jobs: [string, (model: Sequential, labels: Int32Array) => Promise<unknown>][] = [
    ['fit', (model, labels) => model.fit(inputs, labels, { verbose: 0, shuffle: false })],
    ['evaluate', (model, labels) => model.evaluate(inputs, labels, { verbose: 0 })],
    ['trainOnBatch', async (model, labels) => model.trainOnBatch(inputs, labels)],
  ];
  it.each(jobs)('is told of by %s in terms of classes', async (_name, run) => {
    const error = await errorOf(run(classifier(runEagerly), bad));
    expect(error).toBeInstanceOf(IndexError);
    expect(error.message).toMatch(
      /^The label 12 \(at \[17\] of the batch's labels\) is no class: there are 10 classes/,
    );
    expect(error.message).toMatch(
      /labels are 0 to 9\. .* \(in digits\/loss\/sparse_categorical_crossentropy\)$/,
    );
    expect(error.scope).toBe('digits/loss/sparse_categorical_crossentropy');
    expect(error.fault).toMatchObject({ index: 12, extent: 10 });
  });

  it('leaves a model that trains on', async () => {
    const model = classifier(runEagerly);
    await errorOf(model.fit(inputs, bad, { verbose: 0 }));
    const { history } = await model.fit(inputs, good, { verbose: 0 });
    expect(Number.isFinite(history['loss']![0])).toBe(true);
  });
});

it.runIf(stopsAtOnce)(
  'a step that fails changes no weight, no moving average and no state of the optimizer',
  async () => {
    const model = classifier(false);
    await model.fit(inputs, good, { verbose: 0 });
    const before = await stateOf(model);
    await errorOf(model.fit(inputs, bad, { verbose: 0, epochs: 3 }));
    expect(await stateOf(model)).toEqual(before);
    await model.fit(inputs, good, { verbose: 0 });
    expect(await stateOf(model)).not.toEqual(before);
  },
);

it.each([-1, -(2 ** 31), 10])('the label %d is no class', async (label) => {
  const error = await errorOf(classifier(false).fit(inputs, good.with(0, label), { verbose: 0 }));
  expect(error.message).toContain(`The label ${label} `);
});

describe.each([
  ['compiled', false],
  ['eagerly', true],
])('an index that an Embedding has no vector for, %s', (_, runEagerly) => {
  function reader(): Sequential {
    const model = new Sequential(
      [
        Input([3], { dtype: 'int32' }) as KerasTensor,
        new Embedding(10, 2, { name: 'words' }),
        new Flatten(),
        new Dense(1),
      ],
      { name: 'reader' },
    );
    model.compile({ optimizer: 'sgd', loss: 'mse', runEagerly });
    return model;
  }
  const tokens = (last: number): Tensor =>
    ops.reshape(ops.convertToTensor(Int32Array.of(0, 1, 2, 3, last, 5)), [2, 3]);
  const targets = Float32Array.of(0, 1);

  it.each([
    [10, 'The index 10 (at [1, 1] of the batch)'],
    [-11, 'The index -11 (at [1, 1] of the batch)'],
  ])('%d is told of in terms of the layer', async (index, start) => {
    const model = reader();
    const before = await stateOf(model);
    const jobs = [
      model.fit(tokens(index), targets, { verbose: 0, shuffle: false }),
      model.predict(tokens(index), { verbose: 0 }),
    ];
    for (const error of await Promise.all(jobs.map(errorOf))) {
      expect(error.message.startsWith(start)).toBe(true);
      expect(error.message).toMatch(
        /an Embedding with inputDim 10 takes indices 0 to 9\. .*\(in reader\/words\)$/,
      );
    }
    if (stopsAtOnce) expect(await stateOf(model)).toEqual(before);
    await model.fit(tokens(9), targets, { verbose: 0 });
    expect(await stateOf(model)).not.toEqual(before);
  });

  it('rejects a prediction whatever batch it is in, and the next one is whole again', async () => {
    const model = reader();
    const many = (bad: number | null): Tensor => {
      const indices = Int32Array.from({ length: 20 * 3 }, (_, i) => (i === bad ? 10 : i % 10));
      return ops.reshape(ops.convertToTensor(indices), [20, 3]);
    };
    const whole = [...((await (await model.predictOnBatch(many(null))).data()) as Float32Array)];
    for (const place of [0, 17, 59]) {
      const error = await errorOf(model.predict(many(place), { batchSize: 2, verbose: 0 }));
      expect(error.message).toMatch(/The index 10 \(at/);
      const found = (await model.predict(many(null), { batchSize: 2, verbose: 0 })) as Tensor;
      const values = [...((await found.data()) as Float32Array)];
      values.forEach((value, i) => expect(value).toBeCloseTo(whole[i]!, 5));
      expect(values.length).toBe(whole.length);
    }
  });
});

it('the losses of several outputs say which output it is', async () => {
  const input = Input([4]) as KerasTensor;
  const a = new Dense(3, { name: 'a' })(input) as KerasTensor;
  const b = new Dense(4, { name: 'b' })(input) as KerasTensor;
  const model = new Model(input, [a, b], { name: 'two' });
  model.compile({ optimizer: 'sgd', loss: ['mse', 'sparse_categorical_crossentropy'] });
  const labels = Int32Array.from({ length: 32 }, () => 4);
  const job = model.fit(inputs, [ops.zeros([32, 3]), labels], { verbose: 0 });
  expect((await errorOf(job)).scope).toBe('two/loss/b/sparse_categorical_crossentropy');
});
