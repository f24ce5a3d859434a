// Callbacks within a real `fit`, beside what Keras's do with the same weights and data.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose } from '@ibex/tensor/testing';
import {
  callbacks,
  Input,
  layers,
  loadModel,
  metrics,
  type models,
  optimizers,
  Sequential,
  tensor,
} from 'ibex';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const {
  BackupAndRestore,
  CSVLogger,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  ModelCheckpoint,
  ReduceLROnPlateau,
  TerminateOnNaN,
} = callbacks;
const { Adam, SGD } = optimizers;
type Callback = callbacks.Callback;
type History = models.History;
type Values = Record<string, number[]>;

/** Data, first weights, and what Keras 3.15's callbacks made of training with them. */
const keras = JSON.parse(readFileSync(new URL('./keras-callbacks.json', import.meta.url), 'utf8')) as {
  readonly x: number[][];
  readonly y: number[][];
  readonly w: (number[] | number[][])[];
  readonly plateau: Values;
  readonly schedule: Values;
  readonly scheduleOfEpoch: Values;
  readonly stopping: { history: Values; stopped: number; best: number; weights: (number[] | number[][])[] };
  readonly bestOnly: { files: string[] };
  readonly everyFive: { files: string[] };
  readonly formats: string[];
  readonly csv: string;
  readonly csvWithoutValidation: string;
};
const { x, y } = keras;
const common = { batchSize: 4, shuffle: false, verbose: 0 } as const;

function modelOf(optimizer: optimizers.Optimizer): Sequential {
  const model = new Sequential([
    Input([3]),
    new layers.Dense(4, { activation: 'tanh' }),
    new layers.Dense(1),
  ]);
  model.setWeights(keras.w.map((weights) => tensor(weights)));
  model.compile({ optimizer, loss: 'mse', metrics: ['mae'] });
  return model;
}

async function train(
  rate: number,
  callback: Callback,
  epochs: number,
): Promise<{ model: Sequential; history: History['history'] }> {
  const model = modelOf(new SGD(rate));
  const { history } = await model.fit(x, y, {
    ...common,
    epochs,
    validationSplit: 0.2,
    callbacks: [callback],
  });
  return { model, history };
}

function expectHistory(history: History['history'], expected: Values): void {
  expect(Object.keys(history).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    expectClose([...history[name]!], values, { rtol: 1e-3, atol: 1e-4 });
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-training-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('the learning rate', () => {
  it('falls at plateaus as in Keras: with patience, cooldown and an end', async () => {
    const options = {
      monitor: 'val_loss',
      factor: 0.5,
      patience: 2,
      cooldown: 1,
      minDelta: 0.01,
      minLr: 0.1,
    };
    const { history } = await train(0.45, new ReduceLROnPlateau(options), 14);
    expectHistory(history, keras.plateau);
    expect(new Set(history['learning_rate']).size).toBeGreaterThan(2);
  });

  it('follows a schedule of epoch and rate', async () => {
    const schedule = (epoch: number, rate: number): number => (epoch < 2 ? rate : rate * 0.7);
    expectHistory((await train(0.1, new LearningRateScheduler(schedule), 5)).history, keras.schedule);
  });

  it('follows a schedule of the epoch alone', async () => {
    const schedule = (epoch: number): number => 0.1 / (epoch + 1);
    expectHistory((await train(0.1, new LearningRateScheduler(schedule), 4)).history, keras.scheduleOfEpoch);
  });

  it('is not set to what is no number', async () => {
    const job = train(0.1, new LearningRateScheduler(() => Number.NaN), 1);
    await expect(job).rejects.toMatchObject({ code: 'IBEX_VALUE' });
  });
});

describe('EarlyStopping', () => {
  it('stops, and goes back to the best weights, as in Keras', async () => {
    const stopping = new EarlyStopping({
      monitor: 'val_loss',
      patience: 3,
      restoreBestWeights: true,
      minDelta: 0.001,
      startFromEpoch: 1,
    });
    const { model, history } = await train(0.45, stopping, 30);
    const { stopping: expected } = keras;
    expectHistory(history, expected.history);
    expect([stopping.stoppedEpoch, stopping.bestEpoch]).toEqual([expected.stopped, expected.best]);
    model.getWeights().forEach((weights, i) => {
      expectClose(weights, expected.weights[i]! as never, { rtol: 1e-3, atol: 1e-4 });
    });
  });

  it('asks the metric which way is better, whatever its name', async () => {
    const model = new Sequential([Input([3]), new layers.Dense(1, { activation: 'sigmoid' })]);
    model.compile({ loss: 'binary_crossentropy', metrics: [new metrics.Precision({ name: 'quality' })] });
    const stopping = new EarlyStopping({ monitor: 'val_quality' });
    const labels = y.map(([value]) => [value! > 0 ? 1 : 0]);
    await model.fit(x, labels, { ...common, validationSplit: 0.2, callbacks: [stopping] });
    expect(stopping.mode).toBe('max');
  });
});

describe('ModelCheckpoint', () => {
  it('saves the best only, under the names that Keras gives', async () => {
    const path = join(folder, '{epoch:02d}-{val_loss:.2f}.keras');
    const { history } = await train(0.45, new ModelCheckpoint(path, { saveBestOnly: true }), 6);
    expect(readdirSync(folder).sort()).toEqual(keras.bestOnly.files);
    const best = await loadModel(join(folder, keras.bestOnly.files.at(-1)!));
    const { loss } = await best.evaluate(x.slice(8), y.slice(8), { verbose: 0 });
    expect(loss).toBeCloseTo(Math.min(...history['val_loss']!), 5);
  });

  it('saves weights every so many batches, counted over epochs', async () => {
    const path = join(folder, '{epoch}-{batch:03d}.weights.h5');
    await train(0.05, new ModelCheckpoint(path, { saveWeightsOnly: true, saveFreq: 5 }), 3);
    expect(readdirSync(folder)).toEqual(keras.everyFive.files);
  });

  it('formats numbers as Python does', async () => {
    const path = join(folder, '{epoch:3d}_{loss:.3e}_{mae:8.3f}.weights.h5');
    await train(0.05, new ModelCheckpoint(path, { saveWeightsOnly: true }), 2);
    expect(readdirSync(folder).sort()).toEqual(keras.formats);
  });

  it('saves every model, with a warning, where the value to go by is missing', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const path = join(folder, '{epoch}.keras');
    await train(0.05, new ModelCheckpoint(path, { saveBestOnly: true, monitor: 'val_other' }), 2);
    expect(readdirSync(folder).sort()).toEqual(['1.keras', '2.keras']);
    expect(warning).toHaveBeenCalledOnce();
  });
});

describe('CSVLogger', () => {
  const rowsOf = (text: string): (string | number)[][] =>
    text
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(/[,;]/).map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell))));
  function expectRows(text: string, expected: string): void {
    const rows = rowsOf(text);
    const expectedRows = rowsOf(expected);
    expect(rows.map((row) => row.length)).toEqual(expectedRows.map((row) => row.length));
    rows.flat().forEach((cell, i) => {
      const other = expectedRows.flat()[i]!;
      if (typeof other === 'number') expect(cell).toBeCloseTo(other, 4);
      else expect(cell).toBe(other);
    });
  }

  it('writes what Keras writes, and goes on with a file', async () => {
    const path = join(folder, 'log.csv');
    await train(0.05, new CSVLogger(path), 2);
    await train(0.05, new CSVLogger(path, { append: true }), 1);
    expectRows(readFileSync(path, 'utf8'), keras.csv);
    const model = modelOf(new SGD(0.05));
    await model.fit(x, y, { ...common, callbacks: [new CSVLogger(path, { separator: ';' })] });
    expectRows(readFileSync(path, 'utf8'), keras.csvWithoutValidation);
  });
});

describe('TerminateOnNaN', () => {
  const fit = (callback: Callback, others: Callback[] = []): Promise<History> => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const model = modelOf(new SGD(1e30));
    return model.fit(x, y, { ...common, batchSize: 2, epochs: 5, callbacks: [callback, ...others] });
  };

  it('ends training within the epoch', async () => {
    const batches: number[] = [];
    const { epoch } = await fit(new TerminateOnNaN(), [
      new LambdaCallback({ onTrainBatchEnd: (batch) => void batches.push(batch) }),
    ]);
    expect(epoch).toEqual([0]);
    expect(batches.length).toBeLessThan(5);
  });

  it('throws where that is wanted, and no callback is told that training ended', async () => {
    const onTrainEnd = vi.fn();
    const job = fit(new TerminateOnNaN({ raiseError: true }), [new LambdaCallback({ onTrainEnd })]);
    await expect(job).rejects.toMatchObject({ code: 'IBEX_VALUE' });
    expect(onTrainEnd).not.toHaveBeenCalled();
  });
});

describe('BackupAndRestore', () => {
  it('goes on from the last epoch, with the state of the optimizer, as if nothing had happened', async () => {
    const whole = modelOf(new Adam(0.05));
    const undisturbed = await whole.fit(x, y, { ...common, epochs: 4 });

    const backup = join(folder, 'backup');
    const first = modelOf(new Adam(0.05));
    let steps = 0;
    const dying = new LambdaCallback({
      onTrainBatchEnd() {
        if (++steps === 8) throw new Error('the end');
      },
    });
    const job = first.fit(x, y, { ...common, epochs: 4, callbacks: [new BackupAndRestore(backup), dying] });
    await expect(job).rejects.toThrow('the end');
    expect(readdirSync(backup).sort()).toEqual(['latest.weights.h5', 'training_metadata.json']);

    const second = modelOf(new Adam(0.05));
    const { epoch, history } = await second.fit(x, y, {
      ...common,
      epochs: 4,
      callbacks: [new BackupAndRestore(backup)],
    });
    expect(epoch).toEqual([2, 3]);
    expectClose([...history['loss']!], undisturbed.history['loss']!.slice(2), { rtol: 1e-5 });
    second.getWeights().forEach((weights, i) => {
      expectClose(weights, whole.getWeights()[i]!, { rtol: 1e-5, atol: 1e-6 });
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('saves every so many batches, and keeps the backup where that is wanted', async () => {
    const backup = join(folder, 'backup');
    await train(0.05, new BackupAndRestore(backup, { saveFreq: 3, deleteCheckpoint: false }), 2);
    const progress = JSON.parse(readFileSync(join(backup, 'training_metadata.json'), 'utf8'));
    expect(progress).toEqual({ epoch: 1, batch: 0 });
  });
});

it('LambdaCallback refuses hooks that are not there', () => {
  expect(() => new LambdaCallback({ on_epoch_end: () => undefined } as never)).toThrow(
    /no hook 'on_epoch_end'/,
  );
});
