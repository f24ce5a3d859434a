import {
  broadcastShapes,
  formatShape,
  getMask,
  ops,
  ShapeError,
  type SymbolicShape,
  setMask,
  type Tensor,
  ValueError,
} from '@ibex/tensor';
import { isShape } from '../core/call-arguments.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';

/** Layers that make one tensor of several. */
export abstract class Merge extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
  }

  protected abstract merge(inputs: readonly Tensor[]): Tensor;

  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes);
    // Unknown extents fit anything: 1 does so when shapes are broadcast.
    inputShapes
      .map((shape) => shape.slice(1).map((extent) => extent ?? 1))
      .reduce<readonly number[]>(
        (merged, shape) => broadcastShapes(merged, shape, `Layer '${this.name}'`),
        [],
      );
  }

  override call(inputs: readonly Tensor[]): Tensor {
    // Tensors of lower rank get axes after the batch's.
    const rank = Math.max(...inputs.map((x) => x.rank));
    return this.merge(
      inputs.map((x) =>
        x.rank === rank || x.rank === 0 ? x : withMaskOf(x, ops.expandDims(x, axesAfterBatch(rank - x.rank))),
      ),
    );
  }

  /** True where any input's mask is; none unless all inputs have one. */
  override computeMask(_inputs: unknown, masks: unknown): Tensor | null {
    if (!Array.isArray(masks) || masks.some((mask) => mask === null)) return null;
    return (masks as Tensor[]).reduce((merged, mask) => merged.logicalOr(mask));
  }

  /** Throws `ValueError` unless these are the shapes of a list of (so many) tensors. */
  protected checkList(inputShapes: unknown, count?: number): void {
    const isList = Array.isArray(inputShapes) && inputShapes.length > 0 && inputShapes.every(isShape);
    if (!isList || (count !== undefined && inputShapes.length !== count)) {
      const shown = isShape(inputShapes) ? formatShape(inputShapes) : JSON.stringify(inputShapes);
      throw new ValueError(
        `Layer '${this.name}' takes a list of ${count === undefined ? 'tensors' : `${count} tensors`}, got the shape(s) ${shown}.`,
      );
    }
    const batches = new Set(
      inputShapes.map((shape) => shape[0] ?? null).filter((extent) => extent !== null && extent !== 1),
    );
    if (batches.size > 1) {
      throw new ShapeError(
        `Layer '${this.name}' can't merge batches of different sizes: ${inputShapes.map(formatShape).join(', ')}.`,
      );
    }
  }
}

function axesAfterBatch(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1 + i);
}

function withMaskOf(from: Tensor, to: Tensor): Tensor {
  const mask = getMask(from);
  if (mask) setMask(to, mask);
  return to;
}

/**
 * Applies `op` to one input after the other. Entries that a mask leaves out do not count: the other operand stands alone
 * there. The result is masked where all inputs are.
 */
export function mergeMasked(inputs: readonly Tensor[], op: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const spread = (x: Tensor): Tensor | null => {
    const mask = getMask(x);
    return mask ? ops.broadcastTo(ops.expandDims(mask, -1), x.shape) : null;
  };
  const [first, ...rest] = inputs as [Tensor, ...Tensor[]];
  let merged = first;
  let mergedMask = spread(first);
  for (const input of rest) {
    const mask = spread(input);
    const operand = mask ? ops.where(mask, input, merged) : input;
    if (mergedMask) merged = ops.where(mergedMask, merged, operand);
    mergedMask = mask && mergedMask ? mergedMask.logicalOr(mask) : null;
    merged = op(merged, operand);
  }
  if (mergedMask && rest.length > 0) setMask(merged, ops.any(mergedMask, -1));
  return merged;
}
