import { ops, Tensor, type TensorLike, toTensor, Variable } from '@ibex/tensor';
import { type Logs, sortLogs } from '../callbacks/index.js';

/** What a step returns: the values of losses and metrics, as tensors. */
export type StepLogs = Readonly<Record<string, TensorLike>>;

/**
 * Where a compiled step leaves its logs: one variable, so that a step makes no tensors, and nothing is read until somebody
 * looks. The names are those of the first step.
 */
export class LogSlot {
  #names: readonly string[] | undefined;
  #variable: Variable | undefined;

  /** Called within the step: notes the values. */
  write(logs: StepLogs): void {
    this.#names ??= Object.keys(logs);
    const names = this.#names;
    if (names.length === 0) return;
    this.#variable ??= new Variable(() => ops.zeros([names.length], { dtype: 'float32' }), {
      shape: [names.length],
      dtype: 'float32',
      trainable: false,
      name: 'logs',
    });
    this.#variable.assign(
      ops.stack(
        names.map((name) => ops.cast(scalarOf(logs[name]), 'float32')),
        0,
      ),
    );
  }

  /** The values of the last step. */
  async read(): Promise<Logs> {
    if (!this.#variable || !this.#names) return {};
    const values = await this.#variable.data();
    return sortLogs(Object.fromEntries(this.#names.map((name, i) => [name, Number(values[i])])));
  }
}

function scalarOf(value: TensorLike | undefined): Tensor {
  const tensor = value instanceof Tensor ? value : toTensor(value ?? Number.NaN);
  return tensor.rank === 0 ? tensor : ops.mean(ops.cast(tensor, 'float32'));
}
