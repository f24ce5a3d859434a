import {
  formatShape,
  NotBuiltError,
  nameScope,
  ShapeError,
  sameShape,
  type Tensor,
  type TensorLike,
  toTensor,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import type { Layer } from './layer.js';

// What is asked of a layer's weights, its own and those of the layers in it.

/** Distinct values, in order of their first appearance. */
export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

/** Variables of a layer: its own, then (but for `weights`) its random generators', then those of the layers in it. */
export function collectVariables(layer: Layer, withSeeds: boolean, seen = new Set<Layer>()): Variable[] {
  if (seen.has(layer)) return [];
  seen.add(layer);
  return distinct([
    ...layer.ownVariables,
    ...(withSeeds ? layer.seedGenerators.map(({ state }) => state) : []),
    ...layer.sublayers.flatMap((inner) => collectVariables(inner, withSeeds, seen)),
  ]);
}

/** The layers in `layer`, at any depth, each once; outer ones come before inner ones. */
export function layersWithin(layer: Layer): Layer[] {
  const found = new Set<Layer>();
  const walk = (outer: Layer): void => {
    for (const inner of outer.sublayers) {
      if (found.has(inner)) continue;
      found.add(inner);
      walk(inner);
    }
  };
  walk(layer);
  return [...found];
}

/** Throws `ValueError` when there are more or fewer values than weights, `ShapeError` when one has another shape. */
export function assignWeights(layer: Layer, values: readonly TensorLike[]): void {
  const { weights } = layer;
  if (weights.length !== values.length) {
    throw new ValueError(
      `setWeights: layer '${layer.name}' has ${weights.length} weights, but ${values.length} values were given.`,
    );
  }
  const tensors = values.map((value) => toTensor(value));
  weights.forEach((weight, i) => {
    const given = tensors[i]!.shape;
    if (!sameShape(given, weight.shape)) {
      throw new ShapeError(
        `setWeights: weight ${i} ('${weight.name}') of layer '${layer.name}' has shape ${formatShape(weight.shape)}, but the value given has ${formatShape(given)}.`,
      );
    }
  });
  weights.forEach((weight, i) => weight.assign(tensors[i]!));
}

export function countParams(layer: Layer): number {
  if (!layer.built) {
    throw new NotBuiltError(
      `countParams: layer '${layer.name}' has no weights yet. Call it on data, or build it: layer.build(inputShape).`,
    );
  }
  return layer.weights.reduce((count, { size }) => count + size, 0);
}

/** The penalties of trainable weights that have a regularizer. */
export function regularizationLosses(layer: Layer): Tensor[] {
  return layer.trainableWeights.flatMap(({ path, regularizer, value }) =>
    regularizer ? [nameScope(path, () => regularizer(value))] : [],
  );
}
