import { ops, type Tensor } from '@ibex/tensor';

/** Which keys a query sees when it sees none after its own position: `[1, queries, keys]`. */
export function causalMask(queries: number, keys: number): Tensor {
  const [rows, columns] = positions(queries, keys);
  return rows.greaterEqual(columns);
}

/** Which keys lie less than `window` positions from a query: `[1, queries, keys]`. */
export function windowMask(queries: number, keys: number, window: number): Tensor {
  const [rows, columns] = positions(queries, keys);
  return rows.sub(columns).abs().less(window);
}

function positions(queries: number, keys: number): [Tensor, Tensor] {
  return [ops.reshape(ops.arange(queries), [1, queries, 1]), ops.reshape(ops.arange(keys), [1, 1, keys])];
}

export interface PartialMasks {
  /** `[batch, queries]` */
  readonly query: Tensor | null;
  /** `[batch, keys]` */
  readonly value: Tensor | null;
  readonly key: Tensor | null;
  /** `[batch, queries, keys]`, or with axes for the heads. */
  readonly attention: Tensor | null;
  /** `[1, queries, keys]` each. */
  readonly others: readonly Tensor[];
}

/** All masks as one, of which keys each query sees; `null` where there is none. */
export function combineMasks({ query, value, key, attention, others }: PartialMasks): Tensor | null {
  const masks = [
    query && ops.expandDims(ops.cast(query, 'bool'), -1),
    value && ops.expandDims(ops.cast(value, 'bool'), -2),
    key && ops.expandDims(ops.cast(key, 'bool'), -2),
    ...others,
  ].filter((mask): mask is Tensor => mask !== null);
  if (masks.length === 0) return attention && ops.cast(attention, 'bool');
  const combined = masks.reduce((all, mask) => all.logicalAnd(mask));
  return attention ? ops.cast(attention, 'bool').logicalAnd(combined) : combined;
}
