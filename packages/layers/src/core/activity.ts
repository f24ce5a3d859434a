import { ops, Tensor } from '@ibex/tensor';
import { inputLeaves } from './call-arguments.js';

/** The penalty on each output, per sample of the batch, so that it does not grow with the batch. */
export function activityLosses(outputs: unknown, regularizer: (x: Tensor) => Tensor): Tensor[] {
  return inputLeaves(outputs).flatMap((output) => {
    if (!(output instanceof Tensor)) return [];
    const loss = regularizer(output);
    return [output.rank === 0 ? loss : ops.divideNoNan(loss, output.shape[0] ?? 1)];
  });
}
