import { integers, setWeights, uniform } from '../harness/data.js';
import type { Workload } from '../harness/types.js';
import { mlpLoss, mlpModel } from './mlp.js';

const BATCH = 32;
const STEPS_OF_EPOCH = 1875;

/**
 * A step of `fit` with the model of mlp-b32, where the bare compiled step is the peer: shuffling, gathering of batches, loss
 * tracking and callbacks are what it costs more. The data are 60,000 x 784.
 */
export function fitOverhead(): Workload {
  const model = mlpModel();
  setWeights(model.trainableVariables);
  model.compile({ optimizer: 'adam', loss: mlpLoss() });
  const x = uniform([BATCH * STEPS_OF_EPOCH, 784], 1);
  const y = integers([BATCH * STEPS_OF_EPOCH], 2, 10);
  return {
    block: STEPS_OF_EPOCH,
    leavesLoopFree: true,
    async run(steps) {
      // Fewer steps than an epoch's are asked for only to warm up.
      await model.fit(x, y, { batchSize: BATCH, stepsPerEpoch: Math.min(steps, STEPS_OF_EPOCH), verbose: 0 });
    },
  };
}
