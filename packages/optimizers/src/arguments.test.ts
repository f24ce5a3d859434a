import { ValueError } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Adam, AdamW, ExponentialDecay, SGD } from './index.js';

describe('the arguments of an optimizer', () => {
  it('are a learning rate and options, or options with the learning rate', () => {
    const { name: _, ...byPosition } = new Adam(0.02, { beta1: 0.8 }).getConfig();
    const { name: __, ...byName } = new Adam({ learningRate: 0.02, beta1: 0.8 }).getConfig();
    expect(byName).toEqual(byPosition);
    expect(new SGD({ momentum: 0.9 }).getConfig()).toMatchObject({ momentum: 0.9 });
    expect(new SGD().learningRate.item()).toBeCloseTo(0.01);
    expect(new AdamW({ learningRate: 0.5 }).getConfig()).toMatchObject({ weightDecay: 0.004 });
  });

  it('may be a schedule by name', () => {
    const schedule = new ExponentialDecay(0.5, 10, 0.9);
    expect(new Adam({ learningRate: schedule }).getConfig()['learningRate']).toBe(schedule);
  });

  it('are neither text nor a list', () => {
    expect(() => new Adam('fast' as unknown as number)).toThrow(ValueError);
    expect(() => new Adam([0.1] as unknown as number)).toThrow(ValueError);
  });
});
