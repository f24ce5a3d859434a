import { ShapeError } from '../errors.js';
import { withoutRecording } from '../recording.js';
import { formatShape } from '../shape.js';
import { withTrace } from '../state.js';
import { Tensor } from '../tensor.js';
import { Trace } from '../trace.js';
import { mapTree } from '../tree.js';
import { isKerasTensor, KerasTensor, type SymbolicShape } from './keras-tensor.js';

/** Two extents for what is not known: an output's extent that differs between them is not known either. */
const FILLERS = [83, 89] as const;

/**
 * What a function gives for symbolic tensors, by tracing it, without computing anything, for two choices of the unknown
 * extents. As Keras does it on JAX.
 */
export function inferOutputs(
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  name: string,
): unknown {
  const [first, second] = FILLERS.map((filler) => traceWith(fn, args, filler, name));
  if (!hasUnknown(args)) return mapTree(first, (leaf) => symbolicOf(leaf, leaf, name));
  const others: unknown[] = [];
  mapTree(second, (leaf) => others.push(leaf));
  let next = 0;
  return mapTree(first, (leaf) => symbolicOf(leaf, others[next++], name));
}

function hasUnknown(args: readonly unknown[]): boolean {
  let found = false;
  mapTree(args, (leaf) => {
    if (isKerasTensor(leaf) && leaf.shape.includes(null)) found = true;
    return null;
  });
  return found;
}

function traceWith(
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  filler: number,
  name: string,
): unknown {
  const trace = new Trace(name);
  const filled = mapTree(args, (leaf) =>
    isKerasTensor(leaf) ? trace.feed({ shape: fill(leaf.shape, filler), dtype: leaf.dtype }) : leaf,
  ) as unknown[];
  try {
    return withoutRecording(() => withTrace(trace, () => fn(...filled)));
  } finally {
    trace.open = false;
  }
}

function fill(shape: SymbolicShape, filler: number): number[] {
  return shape.map((extent) => extent ?? filler);
}

function symbolicOf(leaf: unknown, other: unknown, name: string): unknown {
  if (!(leaf instanceof Tensor)) return leaf;
  if (!(other instanceof Tensor) || other.rank !== leaf.rank) {
    throw new ShapeError(
      `${name}: the rank of the result depends on an extent that is not known (${formatShape(leaf.shape)}); give the extent.`,
    );
  }
  const shape = leaf.shape.map((extent, i) => (extent === other.shape[i] ? extent : null));
  return new KerasTensor(shape, leaf.dtype);
}
