import { ops, type Tensor, type Variable } from '@ibex/tensor';

/**
 * Runs `update`, and keeps what it assigned to `variables` only where the bool scalar `condition` holds: a branch
 * without control flow, so that it fits into a traced step.
 */
export function assignWhere(condition: Tensor, variables: readonly Variable[], update: () => void): void {
  const before = variables.map((variable) => variable.value);
  update();
  variables.forEach((variable, i) => {
    const after = variable.value;
    if (after !== before[i]) variable.assign(ops.where(condition, after, before[i]!));
  });
}
