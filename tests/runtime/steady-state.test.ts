import { loadAddon } from '@ibex/native';
import { Input, layers, memory, random, Sequential } from 'ibex';
import { expect, it } from 'vitest';

it('a training step makes one native call and no handles, and thousands hold memory flat', async () => {
  const model = new Sequential([
    Input({ shape: [3] }),
    new layers.Dense(4, { activation: 'relu' }),
    new layers.Dense(1),
  ]);
  model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  const x = random.normal([2500, 3]).realize();
  const y = random.normal([2500, 1]).realize();
  const run = async (batchSize: number): Promise<{ runs: number; handlesCreated: number }> => {
    const before = loadAddon().stats();
    await model.fit(x, y, { batchSize, epochs: 2, verbose: 0 });
    const after = loadAddon().stats();
    return {
      runs: after.programRuns - before.programRuns,
      handlesCreated: after.handlesCreated - before.handlesCreated,
    };
  };
  for (const batchSize of [1, 250, 1, 250]) await run(batchSize);
  const bytes = memory().bufferBytes;
  const few = await run(250);
  const all = await run(1);
  expect(all.handlesCreated).toBe(few.handlesCreated);
  expect(all.runs - few.runs).toBe(2 * (2500 - 10));
  expect(memory().bufferBytes - bytes).toBeLessThan(1 << 16);
});
