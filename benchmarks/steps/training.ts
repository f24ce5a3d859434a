import {
  compile,
  type losses,
  ops,
  optimizers,
  type Sequential,
  sync,
  type Tensor,
  Variable,
  valueAndGradVariables,
} from 'ibex';
import { setWeights } from '../harness/data.js';
import type { TrainingWorkload } from '../harness/types.js';

/** A loop waits for the device once in so many steps, as `fit` does. */
const WINDOW = 8;

/** The compiled step: forward, gradients, Adam. The batch stays the same. */
export function trainingStep(model: Sequential, loss: losses.Loss, x: Tensor, y: Tensor): TrainingWorkload {
  const optimizer = new optimizers.Adam(0.001);
  const variables = model.trainableVariables;
  setWeights(variables);
  optimizer.build(variables);
  const last = new Variable(() => ops.zeros([]), { shape: [], trainable: false, name: 'last_loss' });
  const step = compile((input: Tensor, target: Tensor): null => {
    const { value, gradients } = valueAndGradVariables(
      () => loss.apply(target, model.invoke(input, { training: true }) as Tensor),
      variables,
    );
    optimizer.apply(gradients, variables);
    last.assign(value);
    return null;
  });
  const call = step.prepare(x, y);
  return {
    async run(steps) {
      for (let index = 1; index <= steps; index++) {
        if (index % WINDOW === 0) await call.runAsync().done;
        else call.run();
      }
      await sync();
    },
    async loss() {
      return (await last.data())[0] as number;
    },
  };
}
