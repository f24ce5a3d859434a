import { type DType, ops, type SymbolicShape, type Tensor } from '@ibex/tensor';
import type { RnnCell, StateSize, States } from './cell.js';

/** `states` with each tensor replaced; `others` are walked along. */
export function mapStates(
  states: States,
  leaf: (state: Tensor, ...others: Tensor[]) => Tensor,
  ...others: States[]
): States {
  if (!Array.isArray(states)) return leaf(states as Tensor, ...(others as Tensor[]));
  return (states as readonly States[]).map((entry, i) =>
    mapStates(entry, leaf, ...others.map((other) => (other as readonly States[])[i]!)),
  );
}

export function flattenStates(states: States): Tensor[] {
  return Array.isArray(states) ? (states as readonly States[]).flatMap(flattenStates) : [states as Tensor];
}

function zeroStates(size: StateSize, batch: number, dtype: DType): States {
  return typeof size === 'number'
    ? ops.zeros([batch, size], { dtype })
    : size.map((inner) => zeroStates(inner, batch, dtype));
}

/** The states before the first step: what the cell says, or zeros. */
export function initialStates(cell: RnnCell, batch: number): States {
  return cell.getInitialState?.(batch) ?? zeroStates(cell.stateSize, batch, cell.computeDtype);
}

export function outputSizeOf(cell: RnnCell): number {
  if (cell.outputSize !== undefined) return cell.outputSize;
  let size: StateSize = cell.stateSize;
  while (typeof size !== 'number') size = size[0]!;
  return size;
}

/** The shapes of states, in their structure. */
export function stateShapes(size: StateSize, batch: number | null): SymbolicShape | readonly unknown[] {
  return typeof size === 'number' ? [batch, size] : size.map((inner) => stateShapes(inner, batch));
}
