import {
  compile,
  type losses,
  type Model,
  ops,
  type optimizers,
  sync,
  type Tensor,
  Variable,
  valueAndGradVariables,
} from 'ibex';
import { setWeights } from '../harness/data.js';
import type { TrainingWorkload } from '../harness/types.js';

/** A loop waits for the device once in so many steps, for those before the last so many: it always has work. */
const WINDOW = 16;

export interface Training {
  readonly model: Model;
  /** Its weights, in the order that peers have them in. Default: the model's own. */
  readonly variables?: readonly Variable[];
  readonly loss: losses.Loss;
  readonly optimizer: optimizers.Optimizer;
  readonly x: Tensor;
  readonly y: Tensor;
}

/** The compiled step: forward, gradients, update. The batch stays the same. */
export function trainingStep({
  model,
  variables = model.trainableVariables,
  loss,
  optimizer,
  x,
  y,
}: Training): TrainingWorkload {
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
      let before: Promise<void> | undefined;
      for (let index = 1; index <= steps; index++) {
        if (index % WINDOW === 0) {
          const { done } = call.runAsync();
          await before;
          before = done;
        } else {
          call.run();
        }
      }
      await before;
      await sync();
    },
    async loss() {
      return (await last.data())[0] as number;
    },
  };
}
