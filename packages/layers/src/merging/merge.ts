import {
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

  override call(inputs: readonly Tensor[]): Tensor {
    return this.merge(inputs);
  }

  /** Throws `ValueError` unless these are the shapes of a list of (so many) tensors. */
  protected checkList(inputShapes: unknown, count?: number): void {
    const isList = Array.isArray(inputShapes) && inputShapes.length > 0 && inputShapes.every(isShape);
    if (isList && (count === undefined || inputShapes.length === count)) return;
    const shown = isShape(inputShapes) ? formatShape(inputShapes) : JSON.stringify(inputShapes);
    throw new ValueError(
      `Layer '${this.name}' takes a list of ${count === undefined ? 'tensors' : `${count} tensors`}, got the shape(s) ${shown}.`,
    );
  }
}

/** Layers that merge element by element, of tensors whose shapes broadcast. */
export abstract class ElementwiseMerge extends Merge {
  override build(inputShapes: readonly SymbolicShape[]): void {
    this.checkList(inputShapes);
    this.#broadcast(inputShapes);
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

  override computeOutputShape(inputShapes: readonly SymbolicShape[]): SymbolicShape {
    this.checkList(inputShapes);
    const batches = new Set(inputShapes.map((shape) => shape[0] ?? null).filter((extent) => extent !== null));
    if (batches.size > 1) {
      throw new ShapeError(
        `Layer '${this.name}' can't merge batches of different sizes: ${inputShapes.map(formatShape).join(', ')}.`,
      );
    }
    return [[...batches][0] ?? null, ...this.#broadcast(inputShapes)];
  }

  /** True where any input's mask is; none unless all inputs have one. */
  override computeMask(_inputs: unknown, masks: unknown): Tensor | null {
    if (!Array.isArray(masks) || masks.some((mask) => mask === null)) return null;
    return (masks as Tensor[]).reduce((merged, mask) => merged.logicalOr(mask));
  }

  /** The samples' shape; `null` where an extent is not known. Throws `ShapeError` where shapes do not broadcast. */
  #broadcast(inputShapes: readonly SymbolicShape[]): SymbolicShape {
    return inputShapes
      .map((shape) => shape.slice(1))
      .reduce((merged, shape) => {
        const rank = Math.max(merged.length, shape.length);
        return Array.from({ length: rank }, (_, i) => {
          const [a, b] = [merged, shape].map(
            (extents) => extents.at(i - rank) ?? (i < rank - extents.length ? 1 : null),
          );
          if (a === 1 || b === 1) return (a === 1 ? b : a) ?? null;
          if (typeof a !== 'number' || typeof b !== 'number') return null;
          if (a === b) return a;
          throw new ShapeError(
            `Layer '${this.name}' can't merge samples of shapes ${inputShapes.map((own) => formatShape(own.slice(1))).join(', ')}.`,
          );
        });
      }, []);
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
