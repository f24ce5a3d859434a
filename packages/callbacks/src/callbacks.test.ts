import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CSVLogger,
  EarlyStopping,
  LambdaCallback,
  type Logs,
  ReduceLROnPlateau,
  TerminateOnNaN,
} from './index.js';
import { fillIn } from './model-checkpoint.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-callbacks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As much of a model as a callback that steers needs. */
function steered(): {
  stopTraining: boolean;
  weights: number;
  getWeights(): number;
  setWeights(w: number): void;
} {
  return {
    stopTraining: false,
    weights: 0,
    getWeights() {
      return this.weights;
    },
    setWeights(weights) {
      this.weights = weights;
    },
  };
}

describe('EarlyStopping', () => {
  it('stops after its patience, and goes back to the best weights', async () => {
    const stopping = new EarlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true });
    const model = steered();
    stopping.setModel(model as never);
    stopping.onTrainBegin();
    const losses = [3, 1, 2, 2, 0];
    let epoch = 0;
    for (; epoch < losses.length && !model.stopTraining; epoch++) {
      model.weights = epoch;
      stopping.onEpochEnd(epoch, { loss: losses[epoch]! });
    }
    stopping.onTrainEnd();
    expect([stopping.stoppedEpoch, stopping.bestEpoch, model.weights]).toEqual([3, 1, 1]);
  });

  it('waits for accuracies to grow', () => {
    expect(new EarlyStopping({ monitor: 'val_accuracy' }).mode).toBe('max');
    expect(new EarlyStopping({ monitor: 'val_loss' }).mode).toBe('min');
  });
});

describe('ModelCheckpoint', () => {
  it('fills in names of files as Python formats them', () => {
    expect(fillIn('m-{epoch:02d}-{val_loss:.2f}.keras', { epoch: 3, val_loss: 0.126 })).toBe(
      'm-03-0.13.keras',
    );
    expect(() => fillIn('{nothing}.keras', { epoch: 1 })).toThrow(/asks for 'nothing'/);
  });
});

describe('CSVLogger', () => {
  it('writes a head and a line an epoch', async () => {
    const path = join(folder, 'log.csv');
    const logger = new CSVLogger(path);
    await logger.onTrainBegin();
    await logger.onEpochEnd(0, { loss: 1.5, accuracy: 0.5 });
    await logger.onEpochEnd(1, { loss: 1, accuracy: 0.75 });
    expect(readFileSync(path, 'utf8').trim().split('\n')).toEqual([
      'epoch,accuracy,loss',
      '0,0.5,1.5',
      '1,0.75,1',
    ]);
    expect(readdirSync(folder)).toEqual(['log.csv']);
  });
});

describe('others', () => {
  it('LambdaCallback calls its functions', async () => {
    const seen: Logs[] = [];
    await new LambdaCallback({ onEpochEnd: (_, logs) => void seen.push(logs) }).onEpochEnd(0, { loss: 1 });
    expect(seen).toEqual([{ loss: 1 }]);
  });

  it('TerminateOnNaN stops at a loss that is no number', () => {
    const callback = new TerminateOnNaN();
    const model = steered();
    callback.setModel(model as never);
    callback.onTrainBatchEnd(0, { loss: 1 });
    expect(model.stopTraining).toBe(false);
    callback.onTrainBatchEnd(1, { loss: Number.NaN });
    expect(model.stopTraining).toBe(true);
  });

  it('ReduceLROnPlateau refuses factors that do not reduce', () => {
    expect(() => new ReduceLROnPlateau({ factor: 1 })).toThrow(/factor/);
  });
});
