import { describe, expect, it } from 'vitest';
import { fillIn } from './file-name.js';
import { EarlyStopping, ModelCheckpoint, ReduceLROnPlateau } from './index.js';

describe('names of files', () => {
  const values = { epoch: 3, val_loss: 0.126, tiny: 1.5e-7 };
  it.each([
    ['m-{epoch:02d}-{val_loss:.2f}.keras', 'm-03-0.13.keras'],
    ['{epoch}{epoch:3d}', '3  3'],
    [
      '{val_loss:.1e} {tiny:e} {tiny:.3g} {val_loss:.2g} {val_loss:g}',
      '1.3e-01 1.500000e-07 1.5e-07 0.13 0.126',
    ],
    ['{val_loss:07.3f}', '000.126'],
  ])('%s is filled in as Python does', (template, expected) => {
    expect(fillIn(template, values)).toBe(expected);
  });

  it.each([
    ['{nothing}', /asks for 'nothing'/],
    ['{epoch:x}', /can't format 3/],
    ['{val_loss:d}', /can't format 0.126/],
  ])('%s is refused', (template, message) => {
    expect(() => fillIn(template, values)).toThrow(message);
  });
});

describe('options', () => {
  it('accuracies are to grow, losses to fall', () => {
    expect(new EarlyStopping({ monitor: 'val_accuracy' }).mode).toBe('max');
    expect(new EarlyStopping({ monitor: 'val_loss' }).mode).toBe('min');
    expect(new EarlyStopping({ monitor: 'val_loss', mode: 'max' }).mode).toBe('max');
  });

  it('ReduceLROnPlateau refuses factors that do not reduce', () => {
    expect(() => new ReduceLROnPlateau({ factor: 1 })).toThrow(/factor/);
  });

  it('ModelCheckpoint refuses files of other endings', () => {
    expect(() => new ModelCheckpoint('model.h5')).toThrow(/\.keras/);
    expect(() => new ModelCheckpoint('model.keras', { saveWeightsOnly: true })).toThrow(/\.weights\.h5/);
    expect(() => new ModelCheckpoint('model.keras', { saveFreq: 0.5 })).toThrow(/saveFreq/);
  });
});
