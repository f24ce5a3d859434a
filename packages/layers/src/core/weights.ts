import {
  formatShape,
  NotBuiltError,
  ShapeError,
  type SymbolicShape,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import type { Layer } from './layer.js';

/** The weight, which a layer has from when it is built. Throws `NotBuiltError` before. */
export function requireWeight(layer: Layer, weight: Variable | null, name: string): Variable {
  if (weight) return weight;
  throw new NotBuiltError(
    `Layer '${layer.name}' has no ${name} yet: it is made when the layer is called for the first time. Call it, or build it: layer.build(inputShape).`,
  );
}

/** An extent of the input's shape that weights are made after. Throws `ShapeError` when it is not known. */
export function knownExtent(layer: Layer, shape: SymbolicShape, axis: number): number {
  const extent = shape.at(axis);
  if (typeof extent === 'number') return extent;
  throw new ShapeError(
    `Layer '${layer.name}' makes weights after axis ${axis} of its input, whose extent must be known, but got shape ${formatShape(shape)}.`,
  );
}

/** Throws `ValueError` unless it is a whole number of at least 1. */
export function positiveInteger(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ValueError(`${name} must be a positive whole number, got ${String(value)}.`);
}
